import AuditAPI
import AuditFormat
import RPC
import TransparencyLog
import Wire

/// What became of the verification of a whole log.
struct LogVerdict: Sendable {
    let log: VerifiedLog
    /// The checkpoint that somebody kept.
    let older: Checkpoint?
    let verification: LogVerification
    /// What was found here, in the order of the log.
    var faults: [LogFault]
    /// What the service says is wrong with what it has stored.
    private(set) var serviceFaults: [LogFault] = []
    /// How many faults the service named.
    private(set) var serviceFaultCount = 0
    /// The epochs before, the last one first.
    var earlier: [EarlierEpoch] = []
    /// Epochs of which nothing signed says what was kept, so that only the service can check them.
    var unboundEpochs: [Int64] = []
    /// How many entries from the first are certainly as signed, where others are not.
    var unchangedCount: UInt64?
    /// Whether the service has checked everything.
    var isCheckedByService = false
    /// Why the service could not, if something was wrong already.
    var serviceFailure: String?

    init(log: VerifiedLog, older: Checkpoint?, verification: LogVerification) {
        self.log = log
        self.older = older
        self.verification = verification
        self.faults = verification.faults
    }

    /// Whether nothing is wrong.
    var isSound: Bool { self.faults.isEmpty && self.serviceFaultCount == 0 }

    mutating func take(_ fault: LogFault) {
        self.serviceFaultCount += 1
        guard self.serviceFaults.count < LogVerification.faultLimit else { return }
        self.serviceFaults.append(fault)
    }

    /// - Throws: a ``CommandFailure`` with status 4 that names the first fault.
    func check() throws {
        if let first = self.faults.first ?? self.serviceFaults.first {
            throw CommandFailure.notVerified(
                "The log is not what was signed. First of all, \(first.place): "
                    + first.description)
        }
        guard self.isCheckedByService else {
            throw CommandFailure.notVerified(
                "The service has ended its check of what it stores before the end.")
        }
    }

    /// The same for programs.
    func value() throws -> CBORValue {
        let checkpoint = self.log.checkpoint
        var fields: [(String, CBORValue)] = [
            ("sound", .bool(self.isSound && self.isCheckedByService)),
            ("origin", .text(checkpoint.origin)),
            ("treeSize", .unsigned(checkpoint.size)),
            ("root", .text(checkpoint.root.base64)),
            ("verifierKey", .text(self.log.key.text)),
            ("entriesAsSigned", .bool(self.verification.isAsSigned)),
            ("checkedCount", .unsigned(self.verification.checkedCount)),
            ("payloadCount", CBORValue(self.verification.payloadCount)),
            ("absentPayloadCount", CBORValue(self.verification.absentPayloadCount)),
            (
                "producers",
                .object(
                    self.verification.producers.sorted { $0.key < $1.key }.map {
                        (
                            $0.key,
                            .object([
                                ("epoch", CBORValue(Int($0.value.epoch))),
                                ("sequence", CBORValue(Int($0.value.sequence))),
                            ])
                        )
                    })
            ),
            ("faults", .array(try self.faults.map { try CBORValue(encoding: $0) })),
            ("serviceFaults", .array(try self.serviceFaults.map { try CBORValue(encoding: $0) })),
        ]
        fields.append(
            (
                "earlierEpochs",
                .array(
                    self.earlier.map { epoch in
                        .object([
                            ("logEpoch", CBORValue(Int(epoch.logEpoch))),
                            ("keptSize", CBORValue(Int(epoch.link.kept.size))),
                            ("lostEnd", CBORValue(Int(epoch.link.lost?.upperBound ?? 0))),
                            (
                                "entriesAsSigned",
                                .bool(epoch.verification?.isAsSigned ?? false)
                            ),
                        ])
                    })
            ))
        fields.append(
            ("unboundEpochs", .array(self.unboundEpochs.map { CBORValue(Int($0)) })))
        if let older { fields.append(("continues", .unsigned(older.size))) }
        if let unchangedCount { fields.append(("unchangedCount", .unsigned(unchangedCount))) }
        return .object(fields)
    }
}

/// What `rpcctl audit verify` shows to people.
struct LogVerdictPage {
    let style: TextStyle

    func text(_ verdict: LogVerdict) -> String {
        var table = TextTable(heading: ["", ""], indentation: "  ")
        table.paint = { [style] column, cell in column == 0 ? style.dim(cell) : cell }
        table.rows = self.rows(verdict)
        return self.headline(verdict) + "\n\n" + table.text(style: self.style, columnCount: nil)
            + self.list(verdict.faults, "What is wrong:", count: verdict.faultCount)
            + self.list(
                verdict.serviceFaults, "What the service finds wrong:",
                count: verdict.serviceFaultCount)
    }

    private func headline(_ verdict: LogVerdict) -> String {
        let count = verdict.log.checkpoint.size.grouped
        guard verdict.isSound else {
            return self.style.error("The log is not what was signed.")
        }
        return self.style.good("The log is what was signed:")
            + " \(count) entries, none changed and none missing."
    }

    private func rows(_ verdict: LogVerdict) -> [[String]] {
        let verification = verdict.verification
        var rows = [
            ["log", "\(verdict.log.checkpoint.origin), epoch \(verdict.log.signed.logEpoch)"],
            ["signed by", verdict.log.key.text],
            ["root", verdict.log.checkpoint.root.base64],
            [
                "entries",
                verification.isAsSigned
                    ? "all as signed" : "\(verification.checkedCount.grouped) came",
            ],
            [
                "personal data",
                "\(UInt64(verification.payloadCount).grouped) as recorded, "
                    + "\(UInt64(verification.absentPayloadCount).grouped) not sent",
            ],
        ]
        let producers = verification.producers.sorted { $0.key < $1.key }
        rows += producers.enumerated().map { index, producer in
            let events = UInt64(clamping: producer.value.sequence).grouped
            return [index == 0 ? "producers" : "", "\(producer.key) up to event \(events)"]
        }
        if let older = verdict.older {
            rows.append(["continues", "a checkpoint of \(older.size.grouped) entries"])
        }
        if let unchanged = verdict.unchangedCount {
            rows.append(["as signed", "certainly the first \(unchanged.grouped) entries"])
        }
        rows += verification.lost.sorted { $0.key < $1.key }.flatMap { producer, ranges in
            ranges.map { lost in
                ["lost", "events \(lost.lowerBound) to \(lost.upperBound) of \(producer)"]
            }
        }
        rows += verdict.earlier.map { ["epoch \($0.logEpoch)", $0.summary] }
        rows += verdict.unboundEpochs.map {
            [
                "epoch \($0)",
                "nothing signed says what was kept of it: verified by nobody but the service",
            ]
        }
        if let failure = verdict.serviceFailure { rows.append(["service's check", failure]) }
        return rows
    }

    private func list(_ faults: [LogFault], _ heading: String, count: Int) -> String {
        guard !faults.isEmpty else { return "" }
        var table = TextTable(heading: ["", ""], indentation: "  ")
        table.paint = { [style] column, cell in column == 0 ? style.error(cell) : cell }
        table.rows = faults.map { [$0.place, $0.description] }
        let rest = count - faults.count
        return "\n" + self.style.bold(heading) + "\n"
            + table.text(style: self.style, columnCount: nil)
            + (rest > 0 ? self.style.dim("  and \(UInt64(rest).grouped) more") + "\n" : "")
    }
}

extension LogVerdict {
    /// How much is wrong in all, as far as it was found here.
    var faultCount: Int {
        self.faults.count + self.verification.faultCount - self.verification.faults.count
    }

    /// Where the first entry of a producer in an epoch does not go on from the last one before, as
    /// far as the epochs before are verified.
    var continuationFaults: [LogFault] {
        let epochs: [(logEpoch: Int64, verification: LogVerification?)] =
            [(self.log.signed.logEpoch, self.verification)]
            + self.earlier.map { ($0.logEpoch, $0.verification) }
        var faults: [LogFault] = []
        for (position, epoch) in epochs.enumerated() {
            guard let verification = epoch.verification else { break }
            let before = epochs.dropFirst(position + 1).prefix { $0.verification != nil }
            for (producer, follows) in verification.continued.sorted(by: { $0.key < $1.key }) {
                let last = before.lazy.compactMap { $0.verification?.producers[producer] }.first
                // Further down nothing is verified.
                guard last != nil || epoch.logEpoch == 1 || before.last?.logEpoch == 1,
                    last != follows
                else { continue }
                let fault = LogFault(
                    place: "producer \(producer)",
                    description: "Its first entry says that it follows "
                        + "\(follows?.description ?? "none"), and the last one kept before is "
                        + "\(last?.description ?? "none").")
                faults.append(position == 0 ? fault : fault.inEpoch(epoch.logEpoch))
            }
        }
        return faults
    }
}
