import Foundation
import SwiftProtobuf

/// A message of eight fields, as a chat service sends it.
struct ChatMessage: Codable, Equatable {
    enum Role: String, Codable { case system, user, assistant }

    var id: UUID
    var conversationID: UUID
    var author: String
    var role: Role
    var text: String
    var createdAt: Date
    var labels: [String]
    var tokenCount: Int?

    static let sample = ChatMessage(
        id: UUID(),
        conversationID: UUID(),
        author: "ada@example.org",
        role: .assistant,
        text: """
            The lighthouse stands at the western end of the pier. It was built in 1884, and its \
            light can be seen for eighteen miles on a clear night.
            """,
        createdAt: Date(timeIntervalSince1970: 1_700_000_000.123456),
        labels: ["travel", "question answered"],
        tokenCount: 1234
    )

    /// The same for swift-protobuf, in the types it has: nothing is converted while it is measured.
    var protobuf: ProtobufChatMessage {
        ProtobufChatMessage.with {
            $0.id = withUnsafeBytes(of: self.id.uuid) { Data($0) }
            $0.conversationID = withUnsafeBytes(of: self.conversationID.uuid) { Data($0) }
            $0.author = self.author
            switch self.role {
            case .system: $0.role = .system
            case .user: $0.role = .user
            case .assistant: $0.role = .assistant
            }
            $0.text = self.text
            $0.createdAtMicroseconds = Int64(
                (self.createdAt.timeIntervalSince1970 * 1e6).rounded()
            )
            $0.labels = self.labels
            if let tokenCount = self.tokenCount { $0.tokenCount = Int64(tokenCount) }
        }
    }
}

/// A message of three fields, like the metadata that opens a call.
struct CallOpening: Codable, Equatable {
    var method: String
    var timeout: UInt64?
    var token: String?
    var attempt: UInt32?
    var trace: String?

    static let sample = CallOpening(
        method: "conversations.AppendMessage",
        timeout: 2_500_000,
        trace: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    )

    /// The same for swift-protobuf.
    var protobuf: ProtobufCallOpening {
        ProtobufCallOpening.with {
            $0.method = self.method
            if let timeout = self.timeout { $0.timeout = timeout }
            if let trace = self.trace { $0.trace = trace }
        }
    }
}
