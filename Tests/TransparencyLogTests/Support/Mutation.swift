/// Small damages to a file, such as a decoder must survive.
enum Mutation {
    private static let pieces: [[UInt8]] = [
        [0x0A], [0x0A, 0x0A], [0x0D], [0x00], [0x20], [0x2B], [0x3D], [0x30], [0xFF], [0xE2, 0x80],
        Array("\u{2014} ".utf8), Array("18446744073709551616".utf8), Array("é".utf8),
    ]

    static func apply(to bytes: [UInt8], using generator: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            let place = Int.random(in: 0...bytes.count, using: &generator)
            let length = Int.random(in: 0..<8, using: &generator)
            let range = place..<min(place + length, bytes.count)
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: bytes.removeSubrange(range)
            case 1: bytes.insert(contentsOf: bytes[range], at: place)
            case 2: bytes.insert(contentsOf: pieces.randomElement(using: &generator)!, at: place)
            case 3: bytes.replaceSubrange(range, with: pieces.randomElement(using: &generator)!)
            case 4: bytes.removeLast(bytes.count - place)
            default:
                guard place < bytes.count else { continue }
                bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            }
        }
        return bytes
    }
}
