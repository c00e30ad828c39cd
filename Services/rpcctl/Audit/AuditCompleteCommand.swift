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

            After a restore that lost entries the log has several epochs, and each is proved by \
            itself: --log-epoch names an earlier one, which is proved under the last checkpoint \
            that was signed of it.

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

    @Option(
        help: ArgumentHelp(
            "Which epoch of the log; the newest if absent.", valueName: "number"))
    var logEpoch: Int64?

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
        let logEpoch = self.logEpoch ?? newest.signed.logEpoch
        guard (1...newest.signed.logEpoch).contains(logEpoch) else {
            throw CommandFailure.usage("The log has the epochs 1 to \(newest.signed.logEpoch).")
        }
        let isNewest = logEpoch == newest.signed.logEpoch
        var verification: CompletenessVerification?
        var result: CompletenessVerification.Result?
        do {
            try await audit.read(
                ProveCompleteness(
                    producer: self.producer, from: self.since.date, to: end,
                    logEpoch: isNewest ? nil : logEpoch)
            ) { part in
                if let signed = part.checkpoint {
                    if isNewest {
                        guard
                            (signed.logEpoch, signed.treeSize)
                                >= (newest.signed.logEpoch, newest.signed.treeSize)
                        else {
                            throw CommandFailure.notVerified(
                                "The proof is of an older checkpoint than the newest one.")
                        }
                    } else {
                        guard signed.logEpoch == logEpoch else {
                            throw CommandFailure.notVerified(
                                "The proof is of epoch \(signed.logEpoch) of the log.")
                        }
                        try await EarlierCheckpoint(audit: audit, key: key).requireLast(signed)
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
        try self.report(result, logEpoch: logEpoch, isNewest: isNewest)
    }

    private func report(
        _ result: CompletenessVerification.Result, logEpoch: Int64, isNewest: Bool
    ) throws {
        let stream = OutputStream.standardOutput
        guard let bounds = result.bounds else {
            let place = result.continuesEarlierEpoch || !isNewest
                ? "Epoch \(logEpoch) of the log" : "The log"
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
        if let follows = result.follows {
            text += "  the first goes on from \(follows) there: --log-epoch proves that\n"
        }
        if result.endsWithNewest, !isNewest {
            text += "  later events are in later epochs of the log\n"
        } else if result.endsWithNewest {
            text += "  nothing later has arrived: events of the end may still be on their way\n"
        }
        try stream.write(text)
    }
}
