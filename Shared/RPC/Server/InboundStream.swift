internal import NIOCore
internal import Wire

/// The stream of messages that the other side sends.  May be iterated by one task, once.
package struct InboundStream<Element: Codable & Sendable>: AsyncSequence, Sendable {
    private let inbox: MessageInbox
    private let unknownFields: UnknownFieldPolicy

    init(inbox: MessageInbox, unknownFields: UnknownFieldPolicy = .ignore) {
        self.inbox = inbox
        self.unknownFields = unknownFields
    }

    package func makeAsyncIterator() -> Iterator {
        Iterator(
            inbox: self.inbox,
            decoder: CBORDecoder(unknownFields: self.unknownFields == .reject ? .reject : .ignore))
    }

    /// Takes one message after the other; taking it returns its credit to the sender.
    package struct Iterator: AsyncIteratorProtocol {
        fileprivate let inbox: MessageInbox
        fileprivate let decoder: CBORDecoder

        /// The next message; `nil` when the other side has ended its stream.
        ///
        /// - Throws: an ``RPCError`` when the call failed or a message is malformed.
        package mutating func next() async throws -> Element? {
            guard let message = try await self.inbox.next() else { return nil }
            do {
                return try self.decoder.decode(Element.self, from: message)
            } catch let error as CBORError {
                throw RPCError(malformed: error)
            }
        }
    }
}
