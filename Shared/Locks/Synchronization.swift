/// The standard library's locks and atomics, under a name of ours.
///
/// Everybody imports this module in the place of `Synchronization`, so that a build for
/// ThreadSanitizer can put another `Mutex` in the place of the standard library's; see `Mutex`.
/// All other builds have nothing but this line of it.
@_exported import Synchronization
