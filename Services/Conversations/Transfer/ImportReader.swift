internal import RPC

/// Reads the conversations of one file format out of the pieces of a JSON document.
protocol ImportReader {
    /// What to do with the value at a path, given what was read before.
    func plan(_ path: JSONPath) -> JSONSplitter.Action

    /// Takes the next piece.
    ///
    /// - Throws: an ``RPCError`` if the file as a whole cannot be read.
    mutating func handle(
        _ event: JSONSplitter.Event,
        _ importer: inout ConversationImporter
    ) async throws

    /// Checks that the file was what it said.
    func finish() throws
}

/// What is known so far of the conversation that is being read.
struct ConversationInProgress {
    /// Its place in the file.
    let index: Int
    /// Members that are not messages, by name.
    var header: [String: JSONValue] = [:]
    /// Its messages.
    var stage: ImportStage
    /// Why it cannot be taken in.
    private(set) var refusal: ImportRefusal?
    /// Whether the person has it already.
    var isKnown = false

    private var headerBytes = 0
    private static let headerByteCount = 2_097_152

    /// Begins with nothing.
    init(index: Int, stage: ImportStage) {
        self.index = index
        self.stage = stage
    }

    /// Whether the rest of it need not be read.
    var isSettled: Bool { self.isKnown || self.refusal != nil }

    /// Notes the first reason why it cannot be taken in.
    mutating func refuse(_ refusal: ImportRefusal) {
        if self.refusal == nil { self.refusal = refusal }
    }

    /// Runs a step; if it refuses, the conversation is refused and the file goes on.
    mutating func attempt(
        _ place: String,
        _ step: (inout Self) async throws -> Void
    ) async throws {
        do {
            try await step(&self)
        } catch let refusal as ImportRefusal {
            self.refuse(refusal)
        } catch let error as RPCError where error.code == .invalidArgument {
            self.refuse(ImportRefusal(error, in: place))
        }
    }

    /// Reads a value that was taken.
    mutating func read(_ bytes: [UInt8], as place: String) -> JSONValue? {
        do {
            return try JSONValue(text: bytes)
        } catch {
            self.refuse(ImportRefusal("import_malformed", "\(place): \(error.message)."))
            return nil
        }
    }

    /// Keeps a member that is no message.
    mutating func setHeader(_ name: String, _ bytes: [UInt8]) {
        self.headerBytes += bytes.count
        guard self.headerBytes <= Self.headerByteCount else {
            self.refuse(
                ImportRefusal("import_too_large", "The conversation's fields are too large.")
            )
            return
        }
        self.header[name] = self.read(bytes, as: name)
    }
}
