/// An item's offset together with the number of the first container that begins there or later.
struct ItemPosition: BitwiseCopyable {
    var offset: UInt32
    var container: UInt32
}
