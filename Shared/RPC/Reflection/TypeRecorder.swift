internal import Wire

internal import struct FoundationEssentials.Data
internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.Decimal
internal import struct FoundationEssentials.UUID

/// A type that reflection cannot describe.
public struct ReflectionError: Error, CustomStringConvertible {
    /// What is wrong with which type.
    public let description: String
}

extension TypeDescription {
    /// Describes a `Codable` type by decoding it from nothing and recording what it asks for.
    ///
    /// - Throws: ``ReflectionError`` where a type refuses empty values and brings no
    ///   ``ReflectionExample``.
    public init<T: Decodable>(recording type: T.Type) throws {
        self = try TypeRecorder().record(type).description
    }
}

/// Records types by decoding them from made-up values.
struct TypeRecorder {
    /// The types being recorded right now, to notice recursion.
    var path: [ObjectIdentifier] = []
    /// Whether only a value is wanted: then nothing is followed into containers and optionals.
    var isShallow = false

    /// Describes a type and makes a value of it.
    func record<T: Decodable>(_ type: T.Type) throws -> (description: TypeDescription, value: T) {
        if let (description, value) = try self.simple(type), let value = value as? T {
            return (description, value)
        }
        // A type can contain itself only through a container or an optional, and those stay empty.
        let isRepeated = self.path.contains(ObjectIdentifier(type))
        let collector = FieldCollector(
            recorder: TypeRecorder(
                path: self.path + [ObjectIdentifier(type)],
                isShallow: self.isShallow || isRepeated),
            documentation: (type as? any DocumentedFields.Type)?.fieldDocumentation ?? [:])
        let value: T
        do {
            value = try T(from: RecordingDecoder(collector: collector))
        } catch let error as ReflectionError {
            throw error
        } catch {
            throw ReflectionError(description: "\(type) cannot be recorded: \(error)")
        }
        if isRepeated { return (TypeDescription(kind: .object, name: "\(type)"), value) }
        if let single = collector.single { return (single, value) }
        return (
            TypeDescription(kind: .object, name: "\(type)", fields: collector.fields), value
        )
    }

    /// Types that are one value on the wire, and containers of others.
    private func simple(
        _ type: any Decodable.Type
    ) throws -> (TypeDescription, any Decodable)? {
        switch type {
        case is Bool.Type: (TypeDescription(kind: .boolean), false)
        case is String.Type: (TypeDescription(kind: .string), "")
        case is Double.Type: (TypeDescription(kind: .float), 0.0)
        case is Float.Type: (TypeDescription(kind: .float), Float(0))
        case is Data.Type: (TypeDescription(kind: .bytes), Data())
        case is [UInt8].Type: (TypeDescription(kind: .bytes), [UInt8]())
        case is Date.Type: (TypeDescription(kind: .date), Date(timeIntervalSince1970: 0))
        case is UUID.Type: (TypeDescription(kind: .uuid), UUID())
        case is Decimal.Type: (TypeDescription(kind: .decimal), Decimal(0))
        case is CBORValue.Type: (TypeDescription(kind: .any), CBORValue.null)
        case is JSONValue.Type: (TypeDescription(kind: .any), JSONValue.null)
        default: try self.structured(type)
        }
    }

    private func structured(
        _ type: any Decodable.Type
    ) throws -> (TypeDescription, any Decodable)? {
        if let type = type as? any (FixedWidthInteger & Decodable).Type {
            return (TypeDescription(kind: type.isSigned ? .integer : .unsigned), type.init(0))
        }
        if let type = type as? any (OpenEnumeration & Decodable).Type {
            return self.enumeration(type)
        }
        if let type = type as? any (CaseIterable & RawRepresentable<String> & Decodable).Type {
            return try self.closedEnumeration(type)
        }
        if let type = type as? any RecordableContainer.Type { return try type.record(with: self) }
        if let type = type as? any (ReflectionExample & Decodable).Type {
            return (TypeDescription(kind: .string, name: "\(type)"), type.reflectionExample)
        }
        return nil
    }

    private func enumeration<T: OpenEnumeration>(
        _ type: T.Type
    ) -> (TypeDescription, any Decodable) {
        (
            TypeDescription(
                kind: .enumeration, name: "\(type)", cases: T.knownCases.map(\.rawValue)),
            T.knownCases.first ?? T(rawValue: "")
        )
    }

    private func closedEnumeration<T: CaseIterable & RawRepresentable<String> & Decodable>(
        _ type: T.Type
    ) throws -> (TypeDescription, any Decodable) {
        guard let example = T.allCases.first else {
            throw ReflectionError(description: "\(type) has no case")
        }
        return (
            TypeDescription(
                kind: .enumeration, name: "\(type)", cases: T.allCases.map(\.rawValue)),
            example
        )
    }

    /// The type of an element, or a reference by name if the type contains itself.
    func element<T: Decodable>(_ type: T.Type) throws -> TypeDescription {
        if self.isShallow { return TypeDescription(kind: .any) }
        if self.path.contains(ObjectIdentifier(type)) {
            return TypeDescription(kind: .object, name: "\(type)")
        }
        return try self.record(type).description
    }
}

/// Containers whose description is that of what they contain.
private protocol RecordableContainer {
    static func record(with recorder: TypeRecorder) throws -> (TypeDescription, any Decodable)
}

extension Array: RecordableContainer where Element: Decodable {
    fileprivate static func record(
        with recorder: TypeRecorder
    ) throws -> (TypeDescription, any Decodable) {
        let element = try recorder.element(Element.self)
        return (TypeDescription(kind: .array, elements: [element]), [Element]())
    }
}

extension Set: RecordableContainer where Element: Decodable {
    fileprivate static func record(
        with recorder: TypeRecorder
    ) throws -> (TypeDescription, any Decodable) {
        let element = try recorder.element(Element.self)
        return (TypeDescription(kind: .array, elements: [element]), Set<Element>())
    }
}

extension Dictionary: RecordableContainer where Key: Decodable, Value: Decodable {
    fileprivate static func record(
        with recorder: TypeRecorder
    ) throws -> (TypeDescription, any Decodable) {
        let value = try recorder.element(Value.self)
        return (TypeDescription(kind: .map, elements: [value]), [Key: Value]())
    }
}

extension Optional: RecordableContainer where Wrapped: Decodable {
    fileprivate static func record(
        with recorder: TypeRecorder
    ) throws -> (TypeDescription, any Decodable) {
        (try recorder.element(Wrapped.self), Wrapped?.none)
    }
}
