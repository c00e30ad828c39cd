import NIOCore
import Testing

@testable import Wire

@Suite("Hand-written conformances")
struct ContainerUseTests {
    /// A value that encodes itself by a closure.
    struct Scripted: Encodable {
        var script: (any Encoder) throws -> Void
        func encode(to encoder: any Encoder) throws { try script(encoder) }
    }

    static func hex(_ script: @escaping (any Encoder) throws -> Void) throws -> String {
        try CodableRoundTripTests.hex(Scripted(script: script))
    }

    @Test("nested containers are closed when their parent goes on")
    func nested() throws {
        let hex = try Self.hex { encoder in
            var map = encoder.container(keyedBy: PathComponent.self)
            var list = map.nestedUnkeyedContainer(forKey: .field("l"))
            try list.encode(1)
            var inner = list.nestedContainer(keyedBy: PathComponent.self)
            try inner.encode(true, forKey: .field("x"))
            try list.encodeNil()
            #expect(list.count == 3)
            try map.encode("s", forKey: .field("t"))
            _ = map.superEncoder(forKey: .field("u"))
        }
        #expect(hex == "a3616c8301a16178f5f6" + "61746173" + "6175a0")
    }

    @Test("two requests for the same container write to the same map")
    func sameContainer() throws {
        let hex = try Self.hex { encoder in
            var one = encoder.container(keyedBy: PathComponent.self)
            try one.encode(1, forKey: .field("a"))
            var two = encoder.container(keyedBy: PathComponent.self)
            try two.encode(2, forKey: .field("b"))
            try one.encode(3, forKey: .field("c"))
        }
        #expect(hex == "a3616101616202616303")
    }

    @Test("what can't be written in one pass is an error, and leaves the buffer as it was")
    func mistakes() throws {
        let scripts: [(any Encoder) throws -> Void] = [
            { _ in },
            { encoder in
                var map = encoder.container(keyedBy: PathComponent.self)
                var one = map.nestedUnkeyedContainer(forKey: .field("a"))
                try map.encode(1, forKey: .field("b"))
                try one.encode(1)
            },
            { encoder in
                _ = encoder.container(keyedBy: PathComponent.self)
                _ = encoder.unkeyedContainer()
            },
            { encoder in
                let single = encoder.singleValueContainer()
                var copy = single
                try copy.encode(1)
                try copy.encode(2)
            },
            { encoder in
                var single = encoder.singleValueContainer()
                try single.encode(1)
                _ = encoder.unkeyedContainer()
            },
            { encoder in
                var list = encoder.unkeyedContainer()
                try list.encode(Scripted { _ in })
            },
        ]
        for script in scripts {
            var buffer = ByteBuffer(string: "before")
            #expect(throws: CBORError.self) {
                try CBOREncoder().encode(Scripted(script: script), into: &buffer)
            }
            #expect(buffer == ByteBuffer(string: "before"))
        }
    }

    /// Keeps what it was decoded from.
    final class Keeper: Decodable {
        let decoder: any Decoder
        let container: KeyedDecodingContainer<PathComponent>
        var list: any UnkeyedDecodingContainer

        init(from decoder: any Decoder) throws {
            self.decoder = decoder
            container = try decoder.container(keyedBy: PathComponent.self)
            list = try container.nestedUnkeyedContainer(forKey: .field("a"))
        }
    }

    @Test("a decoder that is kept after decoding finds nothing, and reads no foreign memory")
    func kept() throws {
        let value: CBORValue = ["a": [1, 2]]
        let keeper = try CBORDecoder().decode(Keeper.self, from: value.encoded())
        #expect(throws: CBORError.self) {
            try keeper.container.decode([Int].self, forKey: .field("a"))
        }
        #expect(throws: CBORError.self) { try keeper.list.decode(Int.self) }
        #expect(throws: CBORError.self) {
            try keeper.decoder.singleValueContainer().decode(Int.self)
        }
        #expect(throws: CBORError.self) {
            try keeper.decoder.container(keyedBy: PathComponent.self)
        }
        #expect(keeper.container.allKeys.isEmpty)
        #expect(!keeper.container.contains(.field("a")))
        #expect(keeper.list.isAtEnd && keeper.list.count == 0)
        #expect(keeper.container.codingPath.isEmpty && keeper.decoder.codingPath.isEmpty)
    }

    @Test("a container that is kept is not confused with one of a later decoding")
    func keptBeyondAnother() throws {
        let keeper = try CBORDecoder().decode(
            Keeper.self,
            from: (["a": [1, 2]] as CBORValue).encoded()
        )
        Prober.keeper = keeper
        let other = (["a": [3, 4], "b": 5] as CBORValue).encoded()
        #expect(try CBORDecoder().decode(Prober.self, from: other).refusals == 3)
        #expect(keeper.decoder.codingPath.isEmpty)
    }

    /// Uses what was kept from an earlier decoding.
    struct Prober: Decodable {
        // Safe because a single test uses it.
        nonisolated(unsafe) static var keeper: Keeper?
        var refusals = 0

        init(from decoder: any Decoder) throws {
            _ = try decoder.container(keyedBy: PathComponent.self)
            let keeper = try #require(Self.keeper)
            let uses: [() throws -> Void] = [
                { _ = try keeper.container.decode([Int].self, forKey: .field("a")) },
                { _ = try keeper.list.decode(Int.self) },
                { _ = try keeper.decoder.container(keyedBy: PathComponent.self) },
            ]
            for use in uses {
                do {
                    try use()
                } catch is CBORError {
                    refusals += 1
                }
            }
        }
    }

    /// A tree whose nodes are all written and read by one type of coding keys.
    struct Node: Codable, Equatable {
        var name: String
        var children: [Node] = []
        var last: String?
    }

    @Test("a type inside itself has a container of its own at each level")
    func recursion() throws {
        let tree = Node(
            name: "a",
            children: [
                Node(name: "b", children: [Node(name: "c", last: "x")], last: "y"),
                Node(name: "d"), Node(name: "e", last: "z"),
            ],
            last: "w"
        )
        for _ in 0..<3 {
            #expect(try CodableRoundTripTests.roundTrip(tree) == tree)
            #expect(try CodableRoundTripTests.roundTrip(tree, deterministic: true) == tree)
        }
    }

    @Test("an encoding or decoding inside another doesn't disturb it")
    func nestedUse() throws {
        /// Carries a value as bytes of its own.
        struct Sealed: Codable, Equatable {
            var name: String
            var inner: Node
            enum CodingKeys: CodingKey { case name, inner }
            init(name: String, inner: Node) {
                self.name = name
                self.inner = inner
            }
            init(from decoder: any Decoder) throws {
                let container = try decoder.container(keyedBy: CodingKeys.self)
                let bytes = try container.decode(ByteBuffer.self, forKey: .inner)
                inner = try CBORDecoder().decode(Node.self, from: bytes)
                name = try container.decode(String.self, forKey: .name)
            }
            func encode(to encoder: any Encoder) throws {
                var container = encoder.container(keyedBy: CodingKeys.self)
                try container.encode(try CBOREncoder().encode(inner), forKey: .inner)
                try container.encode(name, forKey: .name)
            }
        }
        let sealed = Sealed(name: "s", inner: Node(name: "a", children: [Node(name: "b")]))
        #expect(try CodableRoundTripTests.roundTrip([sealed, sealed]) == [sealed, sealed])
    }

    /// Keeps the container that it wrote to.
    final class Hoarder: Encodable {
        enum CodingKeys: CodingKey { case a, b }
        var container: KeyedEncodingContainer<CodingKeys>?
        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(1, forKey: .a)
            self.container = container
        }
    }

    @Test("an encoder's container that is kept can't write to a later encoding")
    func keptContainer() throws {
        let hoarder = Hoarder()
        #expect(try CodableRoundTripTests.hex(hoarder) == "a1616101")
        #expect(throws: CBORError.self) { try hoarder.container?.encode(2, forKey: .b) }
        let hex = try Self.hex { encoder in
            var map = encoder.container(keyedBy: Hoarder.CodingKeys.self)
            #expect(throws: CBORError.self) { try hoarder.container?.encode(2, forKey: .b) }
            try map.encode(3, forKey: .b)
        }
        #expect(hex == "a1616203")
        #expect(try CodableRoundTripTests.hex(Hoarder()) == "a1616101")
    }

    /// Keeps everything that can be kept of an encoding.
    final class Collector: Encodable {
        var encoder: (any Encoder)?
        var list: (any UnkeyedEncodingContainer)?
        var map: KeyedEncodingContainer<Hoarder.CodingKeys>?
        func encode(to encoder: any Encoder) throws {
            self.encoder = encoder
            var list = encoder.unkeyedContainer()
            self.map = list.nestedContainer(keyedBy: Hoarder.CodingKeys.self)
            self.list = list
        }
    }

    @Test("whatever is kept of an encoding does nothing to the next one")
    func keptOfEncoding() throws {
        let collector = Collector()
        #expect(try CodableRoundTripTests.hex(collector) == "81a0")
        let hex = try Self.hex { encoder in
            var outer = encoder.unkeyedContainer()
            try outer.encode(1)
            #expect(throws: CBORError.self) { try collector.list?.encode(2) }
            #expect(throws: CBORError.self) { try collector.map?.encode(2, forKey: .a) }
            var single = collector.encoder?.singleValueContainer()
            #expect(throws: CBORError.self) { try single?.encode(2) }
            var late = collector.encoder?.container(keyedBy: Hoarder.CodingKeys.self)
            #expect(throws: CBORError.self) { try late?.encode(2, forKey: .b) }
            var nested = collector.list?.nestedUnkeyedContainer()
            #expect(throws: CBORError.self) { try nested?.encode(2) }
            _ = collector.map?.superEncoder(forKey: .a)
            #expect(collector.list?.count == 0)
            #expect(collector.encoder?.codingPath.isEmpty == true)
            try outer.encode(3)
        }
        #expect(hex == "820103")
    }

    @Test("coding paths are those of the place in the input")
    func codingPaths() throws {
        struct Probe: Decodable {
            var paths: [String] = []
            init(from decoder: any Decoder) throws {
                let map = try decoder.container(keyedBy: PathComponent.self)
                var list = try map.nestedUnkeyedContainer(forKey: .field("list"))
                _ = try list.decode(Int.self)
                let inner = try list.nestedContainer(keyedBy: PathComponent.self)
                for path in [decoder.codingPath, map.codingPath, list.codingPath, inner.codingPath]
                {
                    paths.append(PathComponent.path(path.map(PathComponent.init)))
                }
            }
        }
        let value: CBORValue = ["p": ["list": [1, ["x": 1]]]]
        let probes = try CBORDecoder().decode([String: Probe].self, from: value.encoded())
        #expect(probes["p"]?.paths == ["p", "p", "p.list", "p.list[1]"])
    }

    @Test("reading past an array's end is an error")
    func pastEnd() throws {
        struct Pair: Decodable {
            init(from decoder: any Decoder) throws {
                var list = try decoder.unkeyedContainer()
                _ = try list.decode(Int.self)
                _ = try list.decode(Int.self)
            }
        }
        #expect(try refusal(of: "820102", as: Pair.self) == nil)
        #expect(try refusal(of: "8101", as: Pair.self)?.path == "[1]")
    }
}
