import Glibc
import Sodium

/// Reads a value from standard input or the terminal into locked memory.
///
/// A value never comes from the command line, where every process could read it.
enum SecretInput {
    private static let byteCountLimit = 65_536

    /// Reads everything, or one line at a terminal without showing it.
    ///
    /// - Parameter isExact: keeps a newline at the end, which is otherwise left out.
    /// - Throws: a ``CommandFailure`` if there is nothing, or too much.
    static func read(_ prompt: String, isExact: Bool) throws -> SecretBytes {
        let isTerminal = isatty(0) == 1
        if isTerminal {
            // First, because it discards what was typed until then.
            TerminalEcho.disable(0)
            try OutputStream.standardError.write(prompt)
        }
        defer {
            if isTerminal {
                TerminalEcho.restore()
                // The newline that was typed was not shown; nothing else depends on it.
                try? OutputStream.standardError.write("\n")
            }
        }
        // Locked from the first byte on, and cut to its length afterwards.
        var count = 0
        let buffer = try SecretBytes(count: Self.byteCountLimit + 1) { memory in
            count = try Interruption.whileBlocked {
                try Self.fill(memory, endsWithLine: isTerminal)
            }
        }
        guard count <= Self.byteCountLimit else {
            throw CommandFailure.usage("A value has at most \(Self.byteCountLimit) bytes.")
        }
        return try buffer.withUnsafeBytes { bytes in
            var length = count
            if !isExact || isTerminal {
                if length > 0, bytes[length - 1] == UInt8(ascii: "\n") { length -= 1 }
                if length > 0, bytes[length - 1] == UInt8(ascii: "\r") { length -= 1 }
            }
            guard length > 0 else {
                throw CommandFailure.usage(
                    "No value was given.",
                    hints: ["type it at the prompt, or: rpcctl vault put NAME < file"])
            }
            return try SecretBytes(count: length) { memory in
                memory.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<length]))
            }
        }
    }

    private static func fill(
        _ memory: UnsafeMutableRawBufferPointer, endsWithLine: Bool
    ) throws -> Int {
        var count = 0
        while count < memory.count {
            let most = endsWithLine ? 1 : memory.count - count
            let got = Glibc.read(0, memory.baseAddress?.advanced(by: count), most)
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else {
                throw CommandFailure.usage("Standard input can't be read: \(Errno.text).")
            }
            if got == 0 { break }
            count += got
            if endsWithLine, memory[count - 1] == UInt8(ascii: "\n") { break }
        }
        return count
    }
}
