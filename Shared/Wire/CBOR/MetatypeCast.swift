/// Gives a value the type that its type has already been found equal to.
///
/// A dynamic cast (`as!`) costs tens of nanoseconds for each field in code that the compiler can't
/// specialise; this is a copy.
@inline(__always)
func rebind<Source, Target>(_ value: Source, to target: Target.Type) -> Target {
    assert(Source.self == Target.self)
    // Safe because every caller has compared the two metatypes and found them equal.
    return unsafeBitCast(value, to: Target.self)
}
