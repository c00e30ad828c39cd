import ArgumentParser
import AuditFormat
import RPC
import TransparencyLog

/// Whose signature an installation's audit log is believed by.
///
/// The key comes from the command line, else from the context, else from a file that remembers the
/// key that was seen first; once there is one, no other is believed.
struct AuditKeys: Sendable {
    /// Where the key is that the context's installation is known by.
    let file: PrivateFile
    /// What `rpcctl context set --audit-key` says.
    let configured: String?
    /// Tells the person something that does not belong to the result.
    let notice: @Sendable (String) -> Void

    /// The key of the command line, the context or the file; `nil` if there is none yet.
    ///
    /// - Throws: a ``CommandFailure`` with status 64 or 78 for a key that is none.
    func known(_ given: AuditKeyArgument?) throws -> AuditLogKey? {
        if let given { return given.key }
        if let configured {
            return try Self.read(configured, from: "the context's audit key")
        }
        guard let content = try self.file.read() else { return nil }
        let text = String(decoding: content, as: UTF8.self).trimmingWhitespace()
        return try Self.read(text, from: self.file.path)
    }

    /// The key to believe the log by, where the log itself offers one.
    ///
    /// - Throws: a ``CommandFailure`` with status 4 if another key is known already.
    func trusted(_ given: AuditKeyArgument?, offered text: String) throws -> AuditLogKey {
        let offered: AuditLogKey
        do {
            offered = try AuditLogKey(text)
        } catch {
            throw CommandFailure.notVerified("The log offers “\(text)”, which is no key.")
        }
        if let known = try self.known(given) {
            guard known.isSameLog(as: offered) else { throw self.changed(known, offered, given) }
            return known
        }
        try self.file.replace(with: Array("\(offered.text)\n".utf8))
        self.notice(
            "The audit log's key is \(offered.text.escapingControls()); it was not known here, is "
                + "believed from now on and kept in \(self.file.path). Compare it with what the "
                + "log's operators say.")
        return offered
    }

    private func changed(
        _ known: AuditLogKey, _ offered: AuditLogKey, _ given: AuditKeyArgument?
    ) -> CommandFailure {
        let source =
            given != nil
            ? "--key names" : self.configured != nil ? "the context names" : "it was"
        return CommandFailure(
            .notVerified, reason: "rpcctl.audit_key_changed",
            "The log is signed by another key: \(source) \(known.text), and it is "
                + "\(offered.text).",
            hints: given == nil && self.configured == nil
                ? ["if its operators have announced a new key, remove \(self.file.path)"] : [])
    }

    private static func read(_ text: String, from place: String) throws -> AuditLogKey {
        do {
            return try AuditLogKey(text)
        } catch {
            throw CommandFailure.configuration("There is no verifier key in \(place): \(error).")
        }
    }
}

extension Installation {
    /// Whose signature this installation's audit log is believed by.
    var auditKeys: AuditKeys {
        let directory = CommandEnvironment.current.configurationDirectory
        return AuditKeys(
            file: PrivateFile(path: "\(directory)/audit-keys/\(self.context)"),
            configured: self.auditKey,
            notice: { text in
                // A notice that can't be shown changes nothing about the result.
                try? OutputStream.standardError.write("\(text)\n")
            })
    }
}

/// A verifier key on the command line, or the file that it is in.
struct AuditKeyArgument: ExpressibleByArgument, Hashable, Sendable {
    let key: AuditLogKey
    /// The key as it is written.
    var text: String { self.key.text }

    init?(argument: String) {
        // What is no key may be a file's name, and a file that can't be read holds no key.
        let content = try? FileSource.disk.readText(argument)
        // As above.
        let texts = [argument, content?.trimmingWhitespace()].compactMap(\.self)
        // As above: the first text that is a key.
        guard let key = texts.lazy.compactMap({ try? AuditLogKey($0) }).first else { return nil }
        self.key = key
    }
}

/// Which key to believe, on the command line.
struct AuditKeyOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The key that verifies the log, name+ID+key, or a file with it; else the context's, "
                + "else the one that was seen first.", valueName: "key"),
        completion: .file())
    var key: AuditKeyArgument?
}
