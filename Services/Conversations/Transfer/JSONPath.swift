/// One step from a JSON value to a value within it.
enum JSONStep: Hashable {
    /// To the member of an object.
    case name(String)
    /// To an element of an array.
    case index(Int)
}

/// Where a value stands in a document, from the outside in.
typealias JSONPath = [JSONStep]
