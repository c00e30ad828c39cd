import ArgumentParser
import RPC
import Wire

/// Runs `rpcctl describe`.
struct DescribeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "describe", abstract: "Explains a method with its fields, or a service.",
        usage: """
            rpcctl describe METHOD
            rpcctl describe SERVICE [METHOD]
            """)

    @Argument(
        help: ArgumentHelp(
            "The method, such as identity.SignIn; or the service.", valueName: "method"),
        completion: Completion.methods)
    var words: [String] = []

    @Flag(help: "Show only a request to fill in, for call --json @file.")
    var template = false

    @OptionGroup var target: AddressOptions
    @OptionGroup var output: FormatOptions

    func validate() throws {
        guard (1...2).contains(self.words.count) else {
            throw ValidationError("Name a method or a service.")
        }
    }

    func run() async throws {
        let installation = try self.target.installation()
        if self.words.count == 1, MethodTarget.isService(self.words[0]) {
            return try await self.describeService(self.words[0], in: installation)
        }
        let target = try await MethodTarget.read(self.words, in: installation)
        guard target.rest.isEmpty else {
            throw CommandFailure.usage("“\(target.rest[0])” is one word too many.")
        }
        let connection = try ServiceConnection(
            service: target.service(in: installation), installation: installation)
        let description = try await connection.describe(target.method)
        let stream = OutputStream.standardOutput
        if self.template {
            let template = RequestTemplate.value(of: description.request)
            try ResultPrinter(.pretty).reply(template)
        } else if self.output.format == .table {
            let page = MethodPage(
                style: stream.style, columnCount: stream.isTerminal ? stream.columnCount : nil)
            try stream.write(page.text(description))
        } else {
            try ResultPrinter(self.output.format).reply(try CBORValue(encoding: description))
        }
    }

    private func describeService(_ service: String, in installation: Installation) async throws {
        let connection = try ServiceConnection(service: service, installation: installation)
        let reply = try await connection.list()
        guard self.output.format == .table else {
            return try ResultPrinter(self.output.format).reply(try CBORValue(encoding: reply))
        }
        let stream = OutputStream.standardOutput
        let page = ServicePage(
            style: stream.style, columnCount: stream.isTerminal ? stream.columnCount : nil)
        try stream.write(
            page.text(reply, health: try await connection.health(), place: connection.place))
    }
}
