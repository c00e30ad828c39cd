/// Where every array and map of an input lies, in the order of their first bytes.
///
/// With it, whatever reads the input later steps over a container without looking inside.
struct ContainerEntry: BitwiseCopyable {
    /// Where the container's first element or key begins.
    var first: UInt32
    /// Where the bytes after the container begin; 0 while it is being scanned.
    var end: UInt32 = 0
    /// The number of the first container that begins after this one's end.
    var next: UInt32 = 0
    /// Elements, or pairs of key and value.
    var count: UInt32
    var isMap: Bool
    /// Whether a map's key isn't in the encoding in which we write it.
    var hasIrregularKey = false
    /// Where a map's reader expects the key it is asked for next.
    var cursor: ItemPosition
}
