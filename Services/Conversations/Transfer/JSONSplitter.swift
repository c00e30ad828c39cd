internal import RPC

/// Takes a JSON document apart while it arrives, so that a file of any size needs little memory.
///
/// Where the plan says ``Action/descend``, the members of an object or array are visited one by
/// one; where it says ``Action/take``, a value is collected whole, up to a bound; the rest is
/// passed over.  What is taken is checked by the parser that reads it; what is passed over, for
/// its brackets only.
struct JSONSplitter {
    /// What to do with a value.
    enum Action {
        /// Visit what is in it, if it is an object or array; otherwise take it.
        case descend
        /// Collect its text.
        case take
        /// Pass over it.
        case skip
    }

    /// What was found.
    enum Event: Hashable {
        /// An object or array that is visited began.
        case began(JSONPath)
        /// It ended.
        case ended(JSONPath)
        /// The text of a value.
        case value(JSONPath, [UInt8])
        /// A value that is longer than may be taken.
        case oversized(JSONPath)
    }

    /// Why the document cannot be read on.
    struct Failure: Error, Hashable {
        /// Bytes from the beginning.
        let offset: Int
        /// What is wrong, for people.
        let message: String
    }

    /// Bytes that one taken value may have.
    let valueByteCount: Int
    /// Bytes that a name may have.
    private static let nameByteCount = 1024
    /// Levels that are visited at most.
    private static let visitedDepth = 16

    private enum State {
        case value(mayEnd: Bool)
        case nameOrEnd
        case name
        case inName(isEscaped: Bool)
        case colon
        case commaOrEnd
        case inValue(Scan)
        case done
    }

    /// How far a value has been read that is taken or passed over.
    private struct Scan {
        var isTaken: Bool
        var isOversized = false
        var depth = 0
        var inString = false
        var isEscaped = false
        var isScalar = false
    }

    private struct Level {
        var isArray: Bool
        var index = 0
    }

    private var input: [UInt8] = []
    private var next = 0
    private var consumedBefore = 0
    private var state = State.value(mayEnd: false)
    private var levels: [Level] = []
    private var path: JSONPath = []
    private var collected: [UInt8] = []
    private var isAtStart = true

    /// Makes a splitter.
    init(valueByteCount: Int) { self.valueByteCount = valueByteCount }

    /// Bytes read so far.
    var offset: Int { self.consumedBefore + self.next }

    /// Adds what has arrived.
    mutating func feed(_ bytes: some Sequence<UInt8>) {
        self.input.removeFirst(self.next)
        self.consumedBefore += self.next
        self.next = 0
        self.input.append(contentsOf: bytes)
    }

    /// Says that nothing more arrives.
    ///
    /// - Throws: ``Failure`` if the document is not complete.
    func finish() throws(Failure) {
        guard case .done = self.state else { throw self.failure("the file ends too early") }
    }

    /// The next event; `nil` when more has to arrive.
    ///
    /// - Parameter plan: asked at the beginning of each value that is visited.
    /// - Throws: ``Failure`` if the document is malformed.
    mutating func nextEvent(_ plan: (JSONPath) -> Action) throws(Failure) -> Event? {
        while self.next < self.input.count {
            if let event = try self.step(plan) { return event }
        }
        return nil
    }

    private mutating func step(_ plan: (JSONPath) -> Action) throws(Failure) -> Event? {
        let byte = self.input[self.next]
        if case .inValue(let scan) = self.state { return self.scanValue(scan) }
        if case .inName(let isEscaped) = self.state {
            try self.scanName(byte, isEscaped: isEscaped)
            return nil
        }
        if self.isSpace(byte) {
            self.next += 1
            return nil
        }
        self.isAtStart = false
        switch self.state {
        case .value(let mayEnd):
            if mayEnd, byte == UInt8(ascii: "]") { return try self.endLevel(byte) }
            return try self.beginValue(byte, plan)
        case .nameOrEnd where byte == UInt8(ascii: "}"):
            return try self.endLevel(byte)
        case .nameOrEnd, .name:
            guard byte == UInt8(ascii: "\"") else { throw self.failure("a name is expected") }
            self.next += 1
            self.collected = [byte]
            self.state = .inName(isEscaped: false)
        case .colon:
            guard byte == UInt8(ascii: ":") else { throw self.failure("a colon is expected") }
            self.next += 1
            self.state = .value(mayEnd: false)
        case .commaOrEnd:
            guard byte == UInt8(ascii: ",") else { return try self.endLevel(byte) }
            self.next += 1
            try self.goOn()
        case .done: throw self.failure("there is something after the end")
        case .inValue, .inName: break
        }
        return nil
    }

    /// Blanks between tokens, and the byte order mark that some programs put first.
    private func isSpace(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x20, 0x09, 0x0A, 0x0D: true
        case 0xEF, 0xBB, 0xBF: self.isAtStart && self.offset < 3
        default: false
        }
    }

    private mutating func beginValue(
        _ byte: UInt8,
        _ plan: (JSONPath) -> Action
    ) throws(Failure) -> Event? {
        let isContainer = byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[")
        let action = plan(self.path)
        if isContainer, case .descend = action {
            guard self.levels.count < Self.visitedDepth else {
                throw self.failure("it nests too deep")
            }
            let isArray = byte == UInt8(ascii: "[")
            let path = self.path
            self.next += 1
            self.levels.append(Level(isArray: isArray))
            self.path.append(isArray ? .index(0) : .name(""))
            self.state = isArray ? .value(mayEnd: true) : .nameOrEnd
            return .began(path)
        }
        guard isContainer || byte == UInt8(ascii: "\"") || self.isScalar(byte) else {
            throw self.failure("a value is expected")
        }
        self.collected = []
        var scan = Scan(isTaken: true)
        if case .skip = action { scan.isTaken = false }
        scan.isScalar = self.isScalar(byte)
        self.state = .inValue(scan)
        return nil
    }

    private func isScalar(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x2D, 0x2B, 0x2E, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
    }

    /// Reads on in a value that is taken or passed over, as far as there is input.
    private mutating func scanValue(_ before: Scan) -> Event? {
        var scan = before
        let begin = self.next
        var hasEnded = false
        while self.next < self.input.count, !hasEnded {
            let byte = self.input[self.next]
            if scan.isScalar {
                guard self.isScalar(byte) else {
                    hasEnded = true
                    break
                }
                self.next += 1
                continue
            }
            self.next += 1
            if scan.inString {
                if scan.isEscaped {
                    scan.isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    scan.isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    scan.inString = false
                    hasEnded = scan.depth == 0
                }
            } else if byte == UInt8(ascii: "\"") {
                scan.inString = true
            } else if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
                scan.depth += 1
            } else if byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") {
                scan.depth -= 1
                hasEnded = scan.depth == 0
            }
        }
        self.collect(begin..<self.next, &scan)
        guard hasEnded else {
            self.state = .inValue(scan)
            return nil
        }
        return self.endValue(scan)
    }

    private mutating func collect(_ range: Range<Int>, _ scan: inout Scan) {
        guard scan.isTaken, !scan.isOversized else { return }
        guard self.collected.count + range.count <= self.valueByteCount else {
            scan.isOversized = true
            self.collected = []
            return
        }
        self.collected.append(contentsOf: self.input[range])
    }

    private mutating func endValue(_ scan: Scan) -> Event? {
        self.state = self.levels.isEmpty ? .done : .commaOrEnd
        guard scan.isTaken else { return nil }
        if scan.isOversized { return .oversized(self.path) }
        let bytes = self.collected
        self.collected = []
        return .value(self.path, bytes)
    }

    private mutating func scanName(_ byte: UInt8, isEscaped: Bool) throws(Failure) {
        self.next += 1
        self.collected.append(byte)
        guard self.collected.count <= Self.nameByteCount else {
            throw self.failure("a name is too long")
        }
        guard byte == UInt8(ascii: "\""), !isEscaped else {
            self.state = .inName(isEscaped: !isEscaped && byte == UInt8(ascii: "\\"))
            return
        }
        // `try?`: a name that is no JSON string has one message, below.
        guard let name = try? JSONValue(text: self.collected).string else {
            throw self.failure("a name is malformed")
        }
        self.collected = []
        self.path[self.path.count - 1] = .name(name)
        self.state = .colon
    }

    /// After a comma.
    private mutating func goOn() throws(Failure) {
        guard let level = self.levels.indices.last else {
            throw self.failure("there is something after the end")
        }
        if self.levels[level].isArray {
            self.levels[level].index += 1
            self.path[self.path.count - 1] = .index(self.levels[level].index)
            self.state = .value(mayEnd: false)
        } else {
            self.state = .name
        }
    }

    private mutating func endLevel(_ byte: UInt8) throws(Failure) -> Event {
        guard let level = self.levels.last,
            byte == (level.isArray ? UInt8(ascii: "]") : UInt8(ascii: "}"))
        else { throw self.failure("a comma or the end of an object or array is expected") }
        self.next += 1
        self.levels.removeLast()
        self.path.removeLast()
        self.state = self.levels.isEmpty ? .done : .commaOrEnd
        return .ended(self.path)
    }

    private func failure(_ message: String) -> Failure {
        Failure(offset: self.offset, message: message)
    }
}
