import Foundation
import Testing

@testable import rpcctl

@Suite("Calls, by the real executable against a service", .serialized, .timeLimit(.minutes(2)))
struct CallTests {
    @Test("A unary call prints its reply as one line of JSON in a pipe, and nothing else")
    func unary() async throws {
        let lab = try await Lab()
        let result = try await lab.run("call", "lab.Repeat", "text=ab", "count=2")
        #expect(result.output == "{\"text\":\"abab\",\"metadata\":{}}\n")
        #expect(result.errors == "")
        #expect(result.status == 0)
        await lab.stop()
    }

    @Test("Metadata and an idempotency key go with the call; --verbose speaks on standard error")
    func options() async throws {
        let lab = try await Lab()
        let result = try await lab.run(
            "call", "lab.Repeat", "text=x", "--metadata", "a=1", "--metadata", "b=2=3",
            "--idempotency-key", "k", "-v", "--format", "table")
        #expect(result.lines.contains("idempotencyKey  k"))
        #expect(result.lines.contains("metadata.a      1"))
        #expect(result.lines.contains("metadata.b      2=3"))
        #expect(result.errors.contains("→ lab.Repeat"))
        #expect(result.errors.contains("← ok"))
        await lab.stop()
    }

    @Test("The whole request can come as JSON, from a file or from standard input")
    func json() async throws {
        let lab = try await Lab()
        lab.directory.write(#"{"text":"file"}"#, to: "request.json")
        let inline = try await lab.run("call", "lab.Repeat", "--json", #"{"text":"a"}"#, "count:=3")
        #expect(inline.output.contains("aaa"))
        let file = try await lab.run(
            "call", "lab.Repeat", "--json", "@\(lab.directory.path)/request.json")
        #expect(file.output.contains("\"file\""))
        let standard = try await lab.run(
            "call", "lab.Repeat", "--json", "-", input: #"{"text":"in"}"#)
        #expect(standard.output.contains("\"in\""))
        await lab.stop()
    }

    @Test("A service before the method picks one of those that have it; a file's bytes are sent")
    func picked() async throws {
        let lab = try await Lab()
        lab.directory.write("\u{0}\u{1}ä", to: "body")
        let result = try await lab.run(
            "call", "identity", "rpc.Echo", "body=@\(lab.directory.path)/body")
        #expect(result.output == "{\"body\":\"AAHDpA\"}\n")
        let ambiguous = try await lab.run("call", "rpc.Echo", "body=AA==")
        #expect(ambiguous.status == 64)
        #expect(ambiguous.errors.contains("say which one"))
        await lab.stop()
    }

    @Test("CBOR diagnostic notation shows the reply as it came")
    func diagnostic() async throws {
        let lab = try await Lab()
        let result = try await lab.run(
            "call", "lab", "rpc.Echo", "body=AQID", "--format", "diag")
        #expect(result.output == "{\"body\": h'010203'}\n")
        await lab.stop()
    }

    @Test("A stream prints one line an element")
    func serverStream() async throws {
        let lab = try await Lab()
        let result = try await lab.run("call", "lab.Count", "upTo=2")
        #expect(result.lines == [#"{"number":0}"#, #"{"number":1}"#, #"{"number":2}"#])
        await lab.stop()
    }

    @Test("Lines of standard input or of a file go to a method that takes a stream")
    func clientStream() async throws {
        let lab = try await Lab()
        let input = "{\"number\":1}\n\n{\"number\": 2}\n{\"number\":39}"
        let standard = try await lab.run("call", "lab.Sum", input: input)
        #expect(standard.output == "{\"sum\":42,\"count\":3}\n")
        lab.directory.write(input, to: "numbers")
        let file = try await lab.run(
            "call", "lab.Sum", "--input", lab.directory.path + "/numbers")
        #expect(file.output == standard.output)
        await lab.stop()
    }

    @Test("A file is uploaded in chunks that fit a frame")
    func upload() async throws {
        let lab = try await Lab()
        let text = String(repeating: "x", count: 3 * ElementInput.chunkByteCount) + "y"
        lab.directory.write(text, to: "file")
        let result = try await lab.run(
            "call", "lab.Receive", "--upload", lab.directory.path + "/file")
        #expect(result.output == "{\"byteCount\":147457,\"chunkCount\":4,\"lastByte\":121}\n")
        let refused = try await lab.run("call", "lab.Sum", "--upload", lab.directory.path + "/file")
        #expect(refused.status == 64)
        await lab.stop()
    }

    @Test("Both sides stream: each answer is printed before the next line is typed")
    func bidirectional() async throws {
        let lab = try await Lab()
        let command = try lab.start("call", "lab.Twice", input: nil)
        command.type("{\"number\":4}\n")
        await command.expect("{\"number\":8}\n")
        command.type("{\"number\":21}\n")
        await command.expect("{\"number\":42}\n")
        command.send(signal: SIGINT)
        #expect(await command.result().status == 130)
        await lab.stop()
    }

    @Test("A wrong line of the input is named by its number and ends the call")
    func wrongLine() async throws {
        let lab = try await Lab()
        let result = try await lab.run(
            "call", "lab.Sum", input: "{\"number\":1}\n{\"numbr\":2}\n")
        #expect(result.status == 65)
        #expect(result.output == "")
        #expect(result.errors.contains("In line 2 of the input: There is no field “numbr”."))
        await lab.stop()
    }

    @Test("On a terminal a reply is pretty, in colour, and without surprises for the terminal")
    func terminal() async throws {
        let lab = try await Lab()
        let command = try lab.startOnTerminal("call", "lab.Repeat", "text=a\u{9B}2J")
        let result = await command.result()
        #expect(result.output.contains("\u{1B}[34m\"text\"\u{1B}[0m: "))
        #expect(result.output.contains("a\\u009b2J"))
        await lab.stop()
    }
}
