internal import Glibc

/// A null-terminated array of C strings.
@safe
final class CStringArray {
    private let count: Int
    private let strings: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

    init(_ strings: [String]) {
        self.count = strings.count
        unsafe self.strings = .allocate(capacity: strings.count + 1)
        for (index, string) in strings.enumerated() {
            unsafe (self.strings + index).initialize(to: strdup(string))
        }
        unsafe (self.strings + strings.count).initialize(to: nil)
    }

    deinit {
        for index in 0..<self.count {
            unsafe free(self.strings[index])
        }
        unsafe self.strings.deallocate()
    }

    /// Valid as long as this object.
    var pointer: UnsafePointer<UnsafePointer<CChar>?> {
        // Safe because constant C strings have the same layout as mutable ones.
        unsafe UnsafeRawPointer(self.strings)
            .assumingMemoryBound(to: UnsafePointer<CChar>?.self)
    }
}
