package import AuditAPI
package import TransparencyLog

/// What the first entry of an epoch of the log says of the epoch before: how much of it is kept and
/// what had been signed of it.
///
/// It stands in the reason of the event, which is hashed into the new tree and never removed, so
/// that the signature under the newest checkpoint binds every epoch before it, one by the other.
package struct EpochLink: Hashable, Sendable {
    /// A tree: its size and root.
    package struct Tree: Hashable, Sendable {
        /// How many entries.
        package let size: Int64
        /// `nil` where an old log has not written it down.
        package let root: MerkleHash?

        /// Names a tree.
        package init(size: Int64, root: MerkleHash?) {
            self.size = size
            self.root = root
        }
    }

    /// What the epoch before still has.
    package let kept: Tree
    /// What had been signed of it last; `nil` if nothing had been.
    package let signed: Tree?
    /// Whether more may have been signed, since the signer's file was lost.
    package let isSignedAtLeast: Bool
    /// The largest checkpoint of what is kept, of which there is a copy; `nil` if there is none.
    package let coveredSize: Int64?

    /// States a link.
    package init(
        kept: Tree, signed: Tree?, isSignedAtLeast: Bool = false, coveredSize: Int64? = nil
    ) {
        self.kept = kept
        self.signed = signed
        self.isSignedAtLeast = isSignedAtLeast
        self.coveredSize = coveredSize
    }

    /// The entries of the epoch before that were signed and are lost; `nil` if none are.
    package var lost: Range<Int64>? {
        guard let signed, signed.size > self.kept.size else { return nil }
        return self.kept.size..<signed.size
    }

    /// As it is written: `kept 200 <root>, signed 300 <root>, covered 150`.
    package var text: String {
        let signed = self.signed.map(Self.text) ?? "none"
        let word = self.isSignedAtLeast ? "signed at least" : "signed"
        let covered = self.coveredSize.map { ", covered \($0)" } ?? ""
        return "kept \(Self.text(self.kept)), \(word) \(signed)\(covered)"
    }

    /// Reads what an event says; `nil` unless it begins an epoch of the log.
    package init?(_ event: AuditEvent) {
        guard event.action == .auditEpochBegun, event.resourceType == "log_epoch",
            let text = event.reason
        else { return nil }
        self.init(text: text)
    }

    /// Reads the only text that it is written as.
    package init?(text: String) {
        var parts = text.split(separator: ", ", omittingEmptySubsequences: false)
        var covered: Int64?
        if parts.count == 3 {
            guard parts[2].hasPrefix("covered "), let size = Int64(parts[2].dropFirst(8)), size > 0
            else { return nil }
            covered = size
            parts.removeLast()
        }
        guard parts.count == 2, parts[0].hasPrefix("kept "),
            let kept = Self.tree(parts[0].dropFirst("kept ".count))
        else { return nil }
        for isAtLeast in [true, false] {
            let word = isAtLeast ? "signed at least " : "signed "
            guard parts[1].hasPrefix(word) else { continue }
            let rest = parts[1].dropFirst(word.count)
            let signed = Self.tree(rest)
            guard signed != nil || rest == "none" || rest == "unknown" else { return nil }
            self.init(
                kept: kept, signed: signed, isSignedAtLeast: isAtLeast, coveredSize: covered)
            return
        }
        return nil
    }

    private static func text(_ tree: Tree) -> String {
        tree.root.map { "\(tree.size) \($0.base64)" } ?? "\(tree.size)"
    }

    private static func tree(_ text: Substring) -> Tree? {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard (1...2).contains(words.count), let size = Int64(words[0]), size >= 0
        else { return nil }
        guard words.count == 2 else { return Tree(size: size, root: nil) }
        return MerkleHash(base64: String(words[1])).map { Tree(size: size, root: $0) }
    }
}
