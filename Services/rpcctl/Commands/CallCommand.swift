import ArgumentParser
import Glibc
import RPC
import Wire

/// Runs `rpcctl call`.
struct CallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "call",
        abstract: "Calls a method.",
        usage: """
            rpcctl call METHOD [key=value ...] [options]
            rpcctl call SERVICE METHOD [key=value ...] [options]
            """,
        discussion: """

            The request's fields, typed as the service describes them:

              key=value      text, number, true, 2026-01-31T12:00:00Z, UUID, base64
              key:=json      any JSON value
              key=@file      a file's bytes or text; @- is standard input
              key:=@file     JSON from a file
              a.b=x          a field of a field
              a[]=x          one more element; a[0]=x is the first
              a[name]=x      an entry of a map

            A stream's results are printed one a line, as soon as each arrives; Ctrl-C ends it. \
            What a method takes as a stream is read from standard input, one JSON value a line, \
            or from --input FILE; --upload FILE sends a file in chunks.

            Results are pretty on a terminal and JSON in a pipe, unless --format says otherwise.
            """)

    @Argument(
        help: ArgumentHelp(
            "The method, such as conversations.ListConversations, then its fields.",
            valueName: "method"), completion: Completion.call)
    var words: [String]

    @Option(help: ArgumentHelp("The whole request: '{…}', @file or - .", valueName: "json"))
    var json: String?

    @Option(
        help: ArgumentHelp("What to stream, one JSON value a line.", valueName: "file"),
        completion: .file())
    var input: String?

    @Option(
        help: ArgumentHelp("The file to send in chunks.", valueName: "file"), completion: .file())
    var upload: String?

    @Option(
        help: ArgumentHelp(
            "How to print it; diag is CBOR diagnostic notation.", valueName: "format"))
    var format: OutputFormat?

    @Option(help: ArgumentHelp("How long to wait: 500ms, 5s, 2m.", valueName: "time"))
    var timeout: DurationArgument?

    @Option(
        help: ArgumentHelp("Makes a write that is sent again harmless.", valueName: "key"))
    var idempotencyKey: String?

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp("Goes with the call; may be given several times.", valueName: "k=v"))
    var metadata: [MetadataArgument] = []

    @Flag(help: "Call without your token.")
    var noToken = false

    @Flag(name: [.short, .long], help: "Tell what is called, and how long it took.")
    var verbose = false

    @OptionGroup var target: AddressOptions

    func validate() throws {
        if self.input != nil, self.upload != nil {
            throw ValidationError("--input and --upload exclude each other.")
        }
    }

    func run() async throws {
        let installation = try self.target.installation()
        let target = try await MethodTarget.read(self.words, in: installation)
        let words = try RequestWords(target.rest, json: self.json)
        let patience = min(
            ServiceConnection.standardPatience, self.timeout?.duration ?? .seconds(30))
        let connection = try ServiceConnection(
            service: target.service(in: installation), installation: installation,
            patience: patience)
        let clock = ContinuousClock()
        let began = clock.now
        let description = try await connection.describe(target.method)
        let described = clock.now

        let request = try words.request(as: description.request)
        var call = MethodCall(
            connection: connection, description: description, request: request,
            options: self.options(for: description),
            tokens: self.noToken ? nil : try installation.tokens(for: description))
        var printer = ResultPrinter(self.format, type: description.reply ?? description.element)
        self.tell("→ \(description.name) · \(connection.place)")
        do {
            try await call.run(input: try self.input(description), printer: &printer)
        } catch let failure as CommandFailure {
            let name = failure.code.map { "\($0)" } ?? failure.reason
            self.tell("← \(name) · \(described.duration(to: clock.now).readable)")
            throw failure
        }
        self.tell(
            "← ok · \(described.duration(to: clock.now).readable)"
                + " · connecting and describing \(began.duration(to: described).readable)")
    }

    private func options(for description: MethodDescription) -> CallOptions {
        let standard =
            description.defaultTimeoutMilliseconds.map { Duration.milliseconds($0) }
            ?? (description.shape == .unary ? .seconds(30) : nil)
        return CallOptions(
            timeout: self.timeout?.duration ?? standard, idempotencyKey: self.idempotencyKey,
            metadata: Dictionary(
                self.metadata.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 }))
    }

    private func input(_ description: MethodDescription) throws -> ElementInput? {
        let typing = RequestTyping(files: .disk)
        guard let type = description.input else {
            guard self.input == nil, self.upload == nil else {
                throw CommandFailure.usage("\(description.name) takes no stream.")
            }
            return nil
        }
        if let upload { return try ElementInput(upload: upload, type: type, typing: typing) }
        let path = self.input ?? "-"
        if path == "-", self.json == "-" {
            throw CommandFailure.usage("Standard input can't be the request and the stream.")
        }
        if path == "-", isatty(0) == 1 {
            let output = OutputStream.standardError
            let text = "One JSON value a line (\(type.words)); Ctrl-D ends the input."
            try output.write(output.style.dim(text.escapingControls()) + "\n")
        }
        return try ElementInput(lines: path, type: type, typing: typing)
    }

    private func tell(_ text: String) {
        guard self.verbose else { return }
        let output = OutputStream.standardError
        // What is said on the side changes nothing about the result.
        try? output.write(output.style.dim(text.escapingControls()) + "\n")
    }
}
