import Foundation
import Glibc
import ProcessTestSupport
import StewardTestSupport

/// Holds up, in the database, whoever writes one version's row: until then the others of the same
/// transaction are written and not committed, and the batches before it are.
struct RewrapGate: Sendable {
    private static let key = 4_711_011
    private let installation: Installation

    /// Puts it in place, open.
    init(_ installation: Installation) async throws {
        self.installation = installation
        try await installation.sql(
            """
            CREATE SCHEMA test_gate;
            CREATE FUNCTION test_gate.wait() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN PERFORM pg_advisory_xact_lock(\(Self.key)); RETURN NEW; END';
            """)
    }

    /// Closes it until the answer's ``Hold/open()``.
    ///
    /// - Parameter position: how many versions are before the one.
    func close(at position: Int) async throws -> Hold {
        let found = try await self.installation.sql(
            """
            SELECT secret_id, number FROM vault.secret_versions
            ORDER BY secret_id, number OFFSET \(position) LIMIT 1
            """
        ).split(separator: "|")
        guard found.count == 2 else { throw TestFailure("no version at \(position)") }
        try await self.installation.sql(
            """
            DROP TRIGGER IF EXISTS test_gate ON vault.secret_versions;
            CREATE TRIGGER test_gate BEFORE UPDATE ON vault.secret_versions FOR EACH ROW
            WHEN (NEW.secret_id = '\(found[0])' AND NEW.number = \(found[1]))
            EXECUTE FUNCTION test_gate.wait();
            """)
        let hold = try Hold(self.installation, key: Self.key)
        try await eventually("the gate is closed") {
            try await self.count("granted") == 1
        }
        return hold
    }

    /// Whether somebody waits at it.
    func isHoldingUp() async throws -> Bool { try await self.count("NOT granted") > 0 }

    /// Takes it away.
    func remove() async throws {
        try await self.installation.sql("DROP TRIGGER IF EXISTS test_gate ON vault.secret_versions")
    }

    private func count(_ condition: String) async throws -> Int {
        let text = try await self.installation.sql(
            """
            SELECT count(*) FROM pg_locks
            WHERE locktype = 'advisory' AND objid = \(Self.key) AND \(condition)
            """)
        return Int(text) ?? 0
    }

    /// A closed gate: a session of its own that has the lock.
    struct Hold: Sendable {
        private let process: ChildProcess
        private let input: ProgramPipe

        fileprivate init(_ installation: Installation, key: Int) throws {
            let input = try ProgramPipe()
            defer { Glibc.close(input.reader) }
            self.input = input
            self.process = try ChildProcess.start(
                TestSettings.postgresBinaries.appendingPathComponent("psql").path,
                [
                    "--no-psqlrc", "--quiet", "--username=postgres",
                    "--dbname=steward_primary",
                    "--host=\(installation.runtimeDirectory.path)/postgres",
                ],
                input: .descriptor(input.reader))
            ProgramPipe.write("SELECT pg_advisory_lock(\(key));\n", to: input.writer)
        }

        /// Lets through who waits, and whoever comes.
        func open() async throws {
            Glibc.close(self.input.writer)
            _ = await self.process.status()
        }
    }
}
