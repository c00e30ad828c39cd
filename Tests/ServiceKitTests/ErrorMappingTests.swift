import Postgres
import RPC
import ServiceKit
import Sodium
import Testing

@Suite("Errors for callers")
struct ErrorMappingTests {
    @Test(
        "No message of the database reaches a caller, whatever went wrong",
        arguments: DatabaseError.Code.allCases
    )
    func noDatabaseMessage(code: DatabaseError.Code) {
        let error = DatabaseError(
            code: code,
            sqlState: "23505",
            message: "Key (email)=(ada@example.org) exists",
            constraint: "users_email_key",
            table: "users",
            column: "email"
        )
        let converted = error.rpcError
        let text = "\(converted) \(converted.details)"
        for secret in ["ada@", "users", "email", "23505"] { #expect(!text.contains(secret)) }
        #expect(converted.reason.contains("."))
    }

    @Test("What passes by itself may be tried again, what may have been done only if repeatable")
    func retries() {
        let unavailable = DatabaseError(
            code: .unavailable,
            message: "",
            retryAfter: .milliseconds(300)
        ).rpcError
        #expect(unavailable.code == .unavailable)
        #expect(unavailable.retry == .after(.milliseconds(300)))
        let lost = DatabaseError(code: .connectionLost, message: "", commitOutcomeUnknown: true)
        #expect(lost.rpcError.retry == .ifRepeatable)
        #expect(
            DatabaseError(code: .statementTimeout, message: "").rpcError.code == .deadlineExceeded
        )
        #expect(DatabaseError(code: .uniqueViolation, message: "").rpcError.code == .alreadyExists)
        let full = PasswordHashingQueueFull().rpcError
        #expect(full.code == .resourceExhausted)
        #expect(full.retry == .after(.seconds(1)))
    }
}
