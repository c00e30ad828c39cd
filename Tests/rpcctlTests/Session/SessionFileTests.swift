import Foundation
import Testing

@testable import rpcctl

@Suite("The file with the tokens")
struct SessionFileTests {
    private let directory = TemporaryDirectory()
    private var file: SessionFile {
        SessionFile(directory: self.directory.path + "/state/steward", context: "default")
    }

    @Test("It is made with mode 0600 in a directory of mode 0700, and read back as it was")
    func permissions() throws {
        let session = StoredSession.sample()
        try self.file.save(session)
        #expect(try Self.mode(self.file.path) == 0o600)
        #expect(try Self.mode(self.directory.path + "/state") == 0o700)
        #expect(try Self.mode(self.directory.path + "/state/steward") == 0o700)
        #expect(try self.file.load() == session)
    }

    @Test("A wide umask or an older wide file does not open it to others")
    func replaced() throws {
        try self.file.save(.sample())
        #expect(chmod(self.file.path, 0o644) == 0)
        try self.file.save(.sample(accessToken: "next"))
        #expect(try Self.mode(self.file.path) == 0o600)
        #expect(try self.file.load()?.accessToken == "next")
    }

    @Test("Nothing but the file is left after it was written")
    func atomic() throws {
        for number in 0..<5 { try self.file.save(.sample(accessToken: "\(number)")) }
        let names = try FileManager.default.contentsOfDirectory(
            atPath: self.directory.path + "/state/steward")
        #expect(names == ["default.json"])
    }

    @Test("A file that others may read is refused", arguments: [0o644, 0o640, 0o660, 0o601])
    func open(_ mode: Int) throws {
        try self.file.save(.sample())
        #expect(chmod(self.file.path, mode_t(mode)) == 0)
        let failure = try #require(throws: CommandFailure.self) { try self.file.load() }
        #expect(failure.status == .configuration)
        #expect(failure.message.contains(self.file.path))
    }

    @Test("A damaged file is a clear failure, a missing one is no sign-in")
    func damaged() throws {
        #expect(try self.file.load() == nil)
        try PrivateFile(path: self.file.path).replace(with: Array("{\"accessToken\":1}".utf8))
        let failure = try #require(throws: CommandFailure.self) { try self.file.load() }
        #expect(failure.status == .configuration)
        #expect(failure.hints == ["rpcctl sign-in"])
    }

    private static func mode(_ path: String) throws -> Int {
        var status = stat()
        try #require(stat(path, &status) == 0)
        return Int(status.st_mode & 0o777)
    }
}
