import FoundationEssentials
import NIOCore

/// How large the rarer types are whose form the codec decides: arrays, decimals, dynamic values.
///
/// Most enums and structs are told from them by their size, without a comparison for each type.
enum KnownTypeSize {
    static var range: ClosedRange<Int> {
        MemoryLayout<[Int]>
            .size...max(
                MemoryLayout<CBORValue>.size,
                MemoryLayout<ByteBuffer>.size,
                MemoryLayout<Decimal>.size
            )
    }
}
