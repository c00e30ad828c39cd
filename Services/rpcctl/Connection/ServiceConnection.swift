import Glibc
import RPC
import Wire

/// A service that can be asked what it offers.
struct ServiceConnection: Sendable {
    /// The name it was asked for by; `nil` where only an address was given.
    let service: String?
    let addresses: [RPCAddress]
    /// Where other services are.
    private let installation: Installation
    let client: RPCClient
    /// How long a question about the service itself may take.
    let patience: Duration

    /// The patience of a caller who says nothing about it.
    static let standardPatience = Duration.seconds(10)

    /// Prepares to talk to a service; says at once what is wrong with its sockets.
    init(
        service: String?, installation: Installation,
        patience: Duration = ServiceConnection.standardPatience
    ) throws {
        let addresses = try installation.addresses(of: service ?? "")
        var findings: [CommandFailure] = []
        for case .unix(let path) in addresses {
            if let finding = SocketDoctor.examine(path, service: service) {
                findings.append(finding)
            }
        }
        if findings.count == addresses.count, let finding = findings.first {
            throw finding.hinting(service, in: installation)
        }
        self.patience = patience
        self.installation = installation
        self.service = service
        self.addresses = addresses
        self.client = RPCClient(addresses, name: "rpcctl/\(Version.current)")
    }

    /// Where it is, for people.
    var place: String { self.addresses.map(\.description).joined(separator: ", ") }

    /// What the service offers.
    func list() async throws -> ListMethods.Reply { try await self.ask(ListMethods()) }

    /// How the service is.
    func health() async throws -> CheckHealth.Reply { try await self.ask(CheckHealth()) }

    /// What the service has counted.
    ///
    /// - Throws: a ``CommandFailure`` that says who may ask.
    func statistics() async throws -> ReadStatistics.Reply {
        do {
            return try await self.ask(ReadStatistics())
        } catch let failure as CommandFailure where failure.code == .permissionDenied {
            throw failure.hinting(
                "run it as root, or set STEWARD_PEER_USERS=\(SocketDoctor.userName(geteuid()))"
                    + "=\(AccessRule.operatorName) for the service")
        } catch let failure as CommandFailure where failure.code == .unimplemented {
            throw failure.hinting("the service is older than its statistics")
        }
    }

    /// One method with its schema.
    ///
    /// - Throws: a ``CommandFailure`` that suggests the name that was probably meant.
    func describe(_ method: String) async throws -> MethodDescription {
        do {
            return try await self.ask(DescribeMethod(method: method))
        } catch let failure as CommandFailure where failure.reason == "rpc.method_unknown" {
            throw await self.unknown(method, failure)
        }
    }

    /// Calls a method that is known when compiling.
    ///
    /// Once only, unlike the client's own calls: a person who waits is better served by being told
    /// at once that nobody listens.
    func ask<M: UnaryMethod>(_ request: M, token: String? = nil) async throws -> M.Reply {
        do {
            let call = try await self.client.open(
                method: M.contract.name,
                options: CallOptions(timeout: self.patience, token: token),
                request: try CBOREncoder().encode(request), endsSending: true)
            guard let reply = try await call.next() else { throw Self.noReply }
            return try CBORDecoder().decode(M.Reply.self, from: reply)
        } catch let error as RPCError {
            var failure = self.explain(error)
            if error.code == .deadlineExceeded {
                failure.status = .deadline
                failure.retry = nil
                failure.message = "No answer within \(self.patience.readable)."
            }
            throw failure
        } catch let error as CBORError {
            throw CommandFailure(
                .protocolFailure, reason: "rpcctl.reply_invalid",
                "The answer to \(M.contract.name) can't be understood: \(error).")
        }
    }

    private static let noReply = RPCError(
        .internal, reason: "rpc.reply_missing",
        message: "The service ended the call without a reply.")

    func explain(_ error: RPCError) -> CommandFailure {
        TransportFailure.explain(error, addresses: self.addresses, service: self.service)
    }

    private func unknown(_ method: String, _ failure: CommandFailure) async -> CommandFailure {
        var failure = failure
        failure.status = .remote(.unimplemented)
        failure.code = .unimplemented
        // A list that can't be had only leaves the suggestion out.
        guard let reply = try? await self.list() else { return failure }
        let names = reply.methods.map(\.name)
        failure.message = "\(reply.service) has no method “\(method)”."
        var near = Suggestion.method(near: method, among: names)
        if near == nil, self.installation.addressOverride == nil {
            near = await self.installation.method(near: method)
        }
        failure.hints.append(
            near.map { "did you mean “\($0)”?" } ?? "rpcctl list \(reply.service)")
        return failure
    }
}

extension CommandFailure {
    /// Adds which services there are, where the one asked for was not found.
    fileprivate func hinting(_ service: String?, in installation: Installation) -> Self {
        guard self.status == .unreachable, let service else { return self }
        let others = installation.services().filter { $0 != service }
        if let near = Suggestion.closest(to: service, among: others) {
            var copy = self
            copy.hints = ["did you mean the service “\(near)”?"]
            return copy
        }
        return others.isEmpty ? self : self.hinting("services here: \(others.joinedWords("and"))")
    }
}
