internal import Glibc
internal import ServiceKit

/// The directory of the programs that make next values.
struct HookDirectory: Hashable, Sendable {
    /// Where it is.
    let path: String

    /// The program of a name.
    ///
    /// What somebody else than root and the vault's own user can write to is not run.
    ///
    /// - Throws: ``RotationFault/unknown(_:)``.
    func program(named name: String) throws(RotationFault) -> String {
        guard RotationMakers.isName(name) else { throw .unknown("this is no hook's name") }
        let program = "\(self.path)/\(name)"
        let directory = try Self.status(self.path, "the hooks' directory")
        let file = try Self.status(program, "a hook of this name")
        guard directory.st_mode & S_IFMT == S_IFDIR, file.st_mode & S_IFMT == S_IFREG else {
            throw .unknown("the hook is no file in the hooks' directory")
        }
        guard Self.isOurs(directory), Self.isOurs(file) else {
            throw .unknown("somebody else can write to the hook or its directory")
        }
        guard access(program, X_OK) == 0 else { throw .unknown("the hook is no program") }
        return program
    }

    private static func status(
        _ path: String, _ what: String
    ) throws(RotationFault) -> stat {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw .unknown("there is not \(what)") }
        return status
    }

    private static func isOurs(_ status: stat) -> Bool {
        [0, geteuid()].contains(status.st_uid) && status.st_mode & 0o022 == 0
    }
}
