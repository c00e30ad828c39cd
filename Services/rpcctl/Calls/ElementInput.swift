import NIOCore
import RPC
import Wire

/// What a caller streams to a method: one JSON value a line, or a file cut into chunks.
struct ElementInput {
    /// Where the elements come from.
    enum Source {
        /// One JSON value a line.
        case lines(LineReader)
        /// A file's bytes, each chunk in the element's only field of bytes.
        case chunks(BlockingInput, field: String)
    }

    /// A chunk and what surrounds it fit one frame.
    static let chunkByteCount = 48 << 10

    private var source: Source
    private let type: TypeDescription
    private let typing: RequestTyping
    private var count = 0

    /// Reads elements from a file, or standard input for `-`.
    init(lines path: String, type: TypeDescription, typing: RequestTyping) throws {
        self.source = .lines(LineReader(try BlockingInput(path: path)))
        self.type = type
        self.typing = typing
    }

    /// Cuts a file into elements.
    init(upload path: String, type: TypeDescription, typing: RequestTyping) throws {
        guard let field = type.onlyBytesField else {
            throw CommandFailure.usage(
                "--upload needs a method whose input has exactly one field of bytes; "
                    + "\(type.words) has not.", hints: ["--input FILE sends one JSON value a line"])
        }
        self.source = .chunks(try BlockingInput(path: path), field: field.name)
        self.type = type
        self.typing = typing
    }

    /// The next element's encoding, or `nil` at the end.
    mutating func next() async throws -> ByteBuffer? {
        switch self.source {
        case .chunks(let input, let field):
            let chunk = try await input.read(upTo: Self.chunkByteCount)
            return chunk.isEmpty ? nil : CBORValue.object([(field, .bytes(chunk))]).encoded()
        case .lines(var reader):
            defer { self.source = .lines(reader) }
            guard let line = try await reader.next() else { return nil }
            self.count += 1
            let origin = "line \(self.count) of the input"
            do {
                let json = try CBORValue.parsing(line, from: origin)
                return try self.typing.value(.json(json), as: self.type).encoded()
            } catch var failure as CommandFailure {
                if !failure.message.contains(origin) {
                    failure.message = "In \(origin): \(failure.message)"
                }
                throw failure
            }
        }
    }
}

/// Cuts bytes into lines; empty ones are skipped.
struct LineReader {
    private static let lineByteCountLimit = 16 << 20

    private let input: BlockingInput
    private var buffer: [UInt8] = []
    private var scanned = 0
    private var hasEnded = false

    init(_ input: BlockingInput) { self.input = input }

    mutating func next() async throws -> String? {
        while true {
            if let end = self.buffer[self.scanned...].firstIndex(of: UInt8(ascii: "\n")) {
                let line = self.buffer[..<end]
                let text = try Self.text(line)
                self.buffer.removeFirst(end + 1)
                self.scanned = 0
                if text.isEmpty { continue }
                return text
            }
            if self.hasEnded {
                defer { self.buffer = [] }
                self.scanned = 0
                let text = try Self.text(self.buffer[...])
                return text.isEmpty ? nil : text
            }
            self.scanned = self.buffer.count
            guard self.buffer.count <= Self.lineByteCountLimit else {
                throw CommandFailure.invalidRequest("A line of the input is too long.")
            }
            let chunk = try await self.input.read(upTo: 65_536)
            self.hasEnded = chunk.isEmpty
            self.buffer += chunk
        }
    }

    private static func text(_ bytes: ArraySlice<UInt8>) throws -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw CommandFailure.invalidRequest("The input is not UTF-8 text.")
        }
        return text.trimmingWhitespace()
    }
}
