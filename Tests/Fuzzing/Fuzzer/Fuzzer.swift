import CLibFuzzer
import Foundation

/// `steward-fuzzer SUBJECT [libFuzzer's options and files]`, or `steward-fuzzer seeds DIRECTORY`.
@main
struct Fuzzer {
    static func main() throws {
        let names = Subject.allCases.map(\.rawValue).joined(separator: "|")
        switch CommandLine.arguments.dropFirst().first {
        case "seeds" where CommandLine.arguments.count == 3:
            try Seeds.write(into: URL(fileURLWithPath: CommandLine.arguments[2]))
        case let name?:
            guard let subject = Subject(rawValue: name) else { fallthrough }
            Subject.current = subject
            exit(Self.run())
        default:
            FileHandle.standardError.write(
                Data("usage: steward-fuzzer \(names) [OPTION|FILE|DIRECTORY]…\n".utf8))
            exit(64)
        }
    }

    /// Hands over to libFuzzer, without the subject's name.
    private static func run() -> CInt {
        var arguments: [UnsafeMutablePointer<CChar>?] = CommandLine.arguments.enumerated()
            .filter { $0.offset != 1 }.map { strdup($0.element) }
        var count = CInt(arguments.count)
        arguments.append(nil)
        return arguments.withUnsafeMutableBufferPointer { buffer in
            var first = buffer.baseAddress
            return LLVMFuzzerRunDriver(&count, &first) { data, count in
                Subject.current.run(UnsafeRawBufferPointer(start: data, count: count))
                return 0
            }
        }
    }
}

/// Ends the process with what was found, so that libFuzzer keeps the input.
func found(_ problem: @autoclosure () -> String) -> Never {
    fatalError("found: \(problem())")
}
