import ArgumentParser
import RPC
import Wire

/// Runs `rpcctl list`.
struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists services and their methods.")

    @Argument(
        help: "The service; all of them if absent.", completion: Completion.services)
    var service: String?

    @OptionGroup var target: AddressOptions
    @OptionGroup var output: FormatOptions

    func run() async throws {
        let installation = try self.target.installation()
        let listings = try await ServiceListing.gather(self.service, in: installation)
        guard self.output.format == .table else {
            return try ResultPrinter(self.output.format).reply(try Self.value(of: listings))
        }
        let stream = OutputStream.standardOutput
        let page = ListPage(
            style: stream.style, columnCount: stream.isTerminal ? stream.columnCount : nil)
        try stream.write(page.text(listings, isWholeInstallation: self.service == nil))
        if listings.allSatisfy({ $0.reply == nil }), let failure = listings.first?.failure {
            throw ExitStatusOnly(status: failure.status)
        }
    }

    private static func value(of listings: [ServiceListing]) throws -> CBORValue {
        .array(
            try listings.map { listing in
                var fields: [(String, CBORValue)] = [
                    ("service", .text(listing.reply?.service ?? listing.service ?? "")),
                    ("address", .text(listing.place)),
                ]
                if let reply = listing.reply {
                    fields.append(("build", .text(reply.build)))
                    fields.append(("methods", try CBORValue(encoding: reply.methods)))
                } else if let failure = listing.failure {
                    fields.append(("failure", .text(failure.message)))
                }
                return .object(fields)
            })
    }
}

/// What one service offers, or why that could not be learnt.
struct ServiceListing: Sendable {
    let service: String?
    let place: String
    let reply: ListMethods.Reply?
    let failure: CommandFailure?

    /// Asks one service, or all there are at once.
    ///
    /// - Throws: a ``CommandFailure`` if the one service can't be asked or if there is none at all.
    static func gather(
        _ service: String?, in installation: Installation
    ) async throws -> [ServiceListing] {
        if service != nil || installation.addressOverride != nil {
            let connection = try ServiceConnection(service: service, installation: installation)
            let reply = try await connection.list()
            return [
                ServiceListing(
                    service: service, place: connection.place, reply: reply, failure: nil)
            ]
        }
        return try await installation.askEach { name, connection in
            do {
                let connection = try connection.get()
                let reply = try await connection.list()
                return ServiceListing(
                    service: name, place: connection.place, reply: reply, failure: nil)
            } catch {
                return ServiceListing(
                    service: name, place: installation.place(of: name), reply: nil,
                    failure: error as? CommandFailure)
            }
        }
    }
}
