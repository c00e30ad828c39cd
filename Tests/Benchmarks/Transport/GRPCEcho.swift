import BenchmarkSupport
import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2Posix

/// An echo through grpc-swift-2 over HTTP/2, its bytes passed on without any codec.
enum GRPCEcho {
    private static let method = MethodDescriptor(
        service: ServiceDescriptor(fullyQualifiedService: "benchmark.Echo"),
        method: "Echo"
    )

    private struct Service: RegistrableRPCService {
        func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
            router.registerHandler(
                forMethod: GRPCEcho.method,
                deserializer: Bytes(),
                serializer: Bytes()
            ) { request, _ in
                let message = try await ServerRequest(stream: request).message
                return StreamingServerResponse(single: ServerResponse(message: message))
            }
        }
    }

    /// The cheapest coder there can be.
    private struct Bytes: MessageSerializer, MessageDeserializer {
        func serialize<Target: GRPCContiguousBytes>(_ message: [UInt8]) throws -> Target {
            Target(message)
        }

        func deserialize<Source: GRPCContiguousBytes>(_ bytes: Source) throws -> [UInt8] {
            bytes.withUnsafeBytes { Array($0) }
        }
    }

    /// Answers on a socket until the process is ended.
    static func serve(path: String) async throws {
        let server = GRPCServer(
            transport: .http2NIOPosix(
                address: .unixDomainSocket(path: path),
                transportSecurity: .plaintext
            ),
            services: [Service()]
        )
        try await server.serve()
    }

    static func measure(path: String, _ load: Load) async throws -> Rate {
        let transport = try HTTP2ClientTransport.Posix(
            target: .unixDomainSocket(path: path, authority: "localhost"),
            transportSecurity: .plaintext
        )
        let payload = [UInt8](repeating: 7, count: load.byteCount)
        return try await withGRPCClient(transport: transport) { client in
            try await load.run { _ in
                var options = CallOptions.defaults
                options.timeout = .seconds(30)
                _ = try await client.unary(
                    request: ClientRequest(message: payload),
                    descriptor: Self.method,
                    serializer: Bytes(),
                    deserializer: Bytes(),
                    options: options
                ) { try $0.message }
            }
        }
    }
}
