import ArgumentParser
import AuditAPI
import AuditFormat
import RPC
import TransparencyLog

import struct FoundationEssentials.Date

/// Runs `rpcctl audit complete`.
struct AuditCompleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "complete",
        abstract: "Proves that nothing a service recorded in a span of time is missing.",
        discussion: """
            Every event is shown to be in the log, and each to follow the one before without a \
            gap, from the last event before the span to the first one after it.

            Exits with 4 and says what is wrong if that cannot be shown.
            """)

    @Argument(help: "The service, such as identity.")
    var producer: String

    @Option(
        help: ArgumentHelp(
            "The beginning: 2026-01-31, 2026-01-31T12:00:00Z, or 2h (ago), 7d.",
            valueName: "time"))
    var since: MomentArgument

    @Option(help: ArgumentHelp("The end; now if absent.", valueName: "time"))
    var until: MomentArgument?

    @OptionGroup var keys: AuditKeyOptions
    @OptionGroup var target: AddressOptions

    func run() async throws {
        let end = self.until?.date ?? Date()
        guard self.since.date <= end else {
            throw CommandFailure.usage("--since is later than --until.")
        }
        let installation = try self.target.installation()
        let audit = try AuditConnection(installation)
        let newest = try await VerifiedLog(
            audit, keys: installation.auditKeys, given: self.keys.key)
        let key = newest.key
        var verification: CompletenessVerification?
        var result: CompletenessVerification.Result?
        do {
            try await audit.read(
                ProveCompleteness(producer: self.producer, from: self.since.date, to: end)
            ) { part in
                if let signed = part.checkpoint {
                    guard
                        (signed.logEpoch, signed.treeSize)
                            >= (newest.signed.logEpoch, newest.signed.treeSize)
                    else {
                        throw CommandFailure.notVerified(
                            "The proof is of an older checkpoint than the newest one.")
                    }
                    verification = CompletenessVerification(
                        producer: self.producer, span: self.since.date...end,
                        checkpoint: try VerifiedLog(signed, key: key).checkpoint,
                        logEpoch: signed.logEpoch)
                }
                if let entry = part.entry {
                    guard verification != nil else {
                        throw CommandFailure.notVerified("The proof has no checkpoint.")
                    }
                    try verification?.take(entry, lostFrom: part.lostFrom)
                }
                if let ending = part.end { result = try verification?.end(ending) }
            }
        } catch let fault as CompletenessFault {
            throw CommandFailure.notVerified("\(fault)")
        }
        guard let result else {
            throw CommandFailure.notVerified("The proof has no end.")
        }
        try self.report(result)
    }

    private func report(_ result: CompletenessVerification.Result) throws {
        let stream = OutputStream.standardOutput
        guard let bounds = result.bounds else {
            let place = result.continuesEarlierEpoch ? "This epoch of the log" : "The log"
            return try stream.write(
                "\(place) has no event of \(self.producer): its checkpoint says so.\n")
        }
        let count = UInt64(result.entryCount).grouped
        var text =
            stream.style.good(
                result.continuesEarlierEpoch
                    ? "\(count) events of \(self.producer) follow one another."
                    : "Nothing is missing: \(count) events of \(self.producer) follow one another.")
            + "\n  entries \(bounds.lowerBound) to \(bounds.upperBound) of the log\n"
        for lost in result.lost {
            text += "  recorded as lost: events \(lost.lowerBound) to \(lost.upperBound)\n"
        }
        if result.continuesEarlierEpoch {
            text += "  what came before the first is not proven: it is in an earlier epoch of the "
            text += "log\n"
        }
        if result.endsWithNewest {
            text += "  nothing later has arrived: events of the end may still be on their way\n"
        }
        try stream.write(text)
    }
}
