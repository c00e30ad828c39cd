import AuditAPI
import AuditFormat
import TransparencyLog

/// An earlier epoch of a log, verified as far as the epoch after it says what was kept.
struct EarlierEpoch: Sendable {
    let logEpoch: Int64
    /// What the first entry of the next epoch says of it.
    let link: EpochLink
    /// What became of its entries; `nil` where an old log has not written their root down.
    let verification: LogVerification?

    /// What to say of it to people.
    var summary: String {
        let kept = UInt64(clamping: self.link.kept.size).grouped
        var text: String
        switch self.verification {
        case let verification? where verification.isAsSigned:
            text = "\(kept) entries were kept, all as the next epoch says"
        case .some: text = "\(kept) entries were kept, and are not what the next epoch says"
        case nil: text = "\(kept) entries were kept; nothing signed says which"
        }
        if let lost = self.link.lost {
            text += "; entries \(lost.lowerBound) to \(lost.upperBound - 1) are lost"
        }
        if self.link.isSignedAtLeast { text += "; the signer's file was lost, perhaps more" }
        return text
    }

    /// The faults of its entries, each with the epoch in its place.
    var faults: [LogFault] {
        (self.verification?.faults ?? []).map { $0.inEpoch(self.logEpoch) }
    }
}

extension LogFault {
    /// The same fault, in a named epoch of the log.
    func inEpoch(_ logEpoch: Int64) -> LogFault {
        LogFault(place: "epoch \(logEpoch), \(self.place)", description: self.description)
    }
}
