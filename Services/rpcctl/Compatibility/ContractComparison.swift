import RPC

/// Compares what services offered with what they offer, from a caller's point of view.
///
/// Breaking is what a program that was written against the old contract can notice: something it
/// uses is gone or is a different type, something it does not send is demanded, something it relied
/// on to come may be absent, or other people may call.  What travels to the server may become
/// wider, what travels to the caller narrower.
struct ContractComparison {
    private(set) var changes: [ContractChange] = []

    /// All differences, by the methods' names.
    static func changes(
        from old: ContractSnapshot, to new: ContractSnapshot
    ) -> [ContractChange] {
        var comparison = ContractComparison()
        for service in Set(old.services.keys).union(new.services.keys).sorted() {
            comparison.compareService(service, old.services[service], new.services[service])
        }
        return comparison.changes
    }

    private mutating func compareService(
        _ name: String, _ old: [MethodDescription]?, _ new: [MethodDescription]?
    ) {
        guard let old else {
            return self.add(name, .added, "the whole service", isBreaking: false)
        }
        guard let new else {
            return self.add(name, .removed, "the whole service", isBreaking: true)
        }
        for method in Set(old.map(\.name)).union(new.map(\.name)).sorted() {
            let before = old.first { $0.name == method }
            let after = new.first { $0.name == method }
            switch (before, after) {
            case (let before?, let after?):
                var comparison = MethodComparison(method: method)
                comparison.compare(before, after)
                self.changes += comparison.changes
            case (let before?, nil):
                let added = new.filter { candidate in
                    !old.contains { $0.name == candidate.name }
                }
                let heir = added.first { Self.isRenamed(before, $0) }
                self.add(
                    method, .removed, heir.map { "perhaps it is \($0.name) now" } ?? "",
                    isBreaking: true)
            default:
                self.add(method, .added, "", isBreaking: false)
            }
        }
    }

    private static func isRenamed(_ old: MethodDescription, _ new: MethodDescription) -> Bool {
        old.shape == new.shape && old.request.fields == new.request.fields
            && old.input == new.input && old.reply?.fields == new.reply?.fields
            && old.element?.fields == new.element?.fields
    }

    private mutating func add(
        _ subject: String, _ kind: ContractChange.Kind, _ detail: String, isBreaking: Bool
    ) {
        self.changes.append(
            ContractChange(
                subject: subject, place: "", kind: kind, detail: detail, isBreaking: isBreaking))
    }
}

/// Compares one method with what it was.
private struct MethodComparison {
    /// Which way a value travels.
    enum Direction {
        case toServer
        case toCaller
    }

    let method: String
    var changes: [ContractChange] = []

    mutating func compare(_ old: MethodDescription, _ new: MethodDescription) {
        self.compare("shape", old.shape.rawValue, new.shape.rawValue, isBreaking: true)
        self.compare("access", old.access, new.access, isBreaking: true)
        let order: [Repeatability] = [.never, .withKey, .idempotent, .readOnly]
        let isWeaker =
            order.firstIndex(of: new.repeatability) ?? 0
            < order.firstIndex(of: old.repeatability) ?? 0
        self.compare(
            "repeatability", old.repeatability.rawValue, new.repeatability.rawValue,
            isBreaking: isWeaker)
        self.compare(
            "answer to a call with a key", Self.words(old.keyedAnswer), Self.words(new.keyedAnswer),
            isBreaking: old.keyedAnswer == .kept)
        self.compare(
            "unknown fields", old.unknownFields.rawValue, new.unknownFields.rawValue,
            isBreaking: new.unknownFields == .reject)
        self.compare(
            "audit action", old.auditAction ?? "none", new.auditAction ?? "none",
            isBreaking: false)
        self.compare(
            "default timeout", Self.words(old.defaultTimeoutMilliseconds),
            Self.words(new.defaultTimeoutMilliseconds), isBreaking: false)
        self.compare(old.request, new.request, at: "request", .toServer)
        // Where the shape has changed, what is gone with it needs no words of its own.
        if let old = old.input, let new = new.input {
            self.compare(old, new, at: "input", .toServer)
        }
        if let old = old.reply, let new = new.reply {
            self.compare(old, new, at: "reply", .toCaller)
        }
        if let old = old.element, let new = new.element {
            self.compare(old, new, at: "element", .toCaller)
        }
    }

    private static func words(_ answer: KeyedAnswer?) -> String {
        (answer ?? .notKept).rawValue.replacing("_", with: " ")
    }

    private static func words(_ milliseconds: Int64?) -> String {
        milliseconds.map { Duration.milliseconds($0).readable } ?? "none"
    }

    private mutating func compare(
        _ place: String, _ old: String, _ new: String, isBreaking: Bool
    ) {
        guard old != new else { return }
        self.add(place, .changed, "was \(old), is \(new)", isBreaking: isBreaking)
    }

    private mutating func compare(
        _ old: TypeDescription, _ new: TypeDescription, at place: String, _ direction: Direction
    ) {
        guard old.kind == new.kind else {
            let isWider = Self.isWider(new.kind, than: old.kind)
            let isNarrower = Self.isWider(old.kind, than: new.kind)
            return self.add(
                place, .changed, "was \(old.words), is \(new.words)",
                isBreaking: direction == .toServer ? !isWider : !isNarrower)
        }
        if old.kind == .enumeration {
            self.compareCases(old, new, at: place, direction)
        } else if let oldFields = old.fields, let newFields = new.fields {
            self.compareFields(oldFields, newFields, at: place, direction)
        }
        if let oldElement = old.element, let newElement = new.element {
            let suffix = old.kind == .array ? "[]" : "[*]"
            self.compare(oldElement, newElement, at: place + suffix, direction)
        }
    }

    /// Whether every value of one kind is also a value of the other, as written on the wire.
    private static func isWider(_ wide: TypeKind, than narrow: TypeKind) -> Bool {
        switch (narrow, wide) {
        case (_, .any), (.unsigned, .integer), (.enumeration, .string), (.object, .map): true
        default: false
        }
    }

    private mutating func compareFields(
        _ old: [FieldDescription], _ new: [FieldDescription], at place: String,
        _ direction: Direction
    ) {
        let added = new.filter { field in !old.contains { $0.name == field.name } }
        for field in old {
            let path = "\(place).\(field.name)"
            guard let now = new.first(where: { $0.name == field.name }) else {
                let heir = added.first {
                    $0.type == field.type && $0.isOptional == field.isOptional
                }
                self.add(
                    path, .removed, heir.map { "perhaps it is \($0.name) now" } ?? "",
                    isBreaking: true)
                continue
            }
            if field.isOptional != now.isOptional {
                self.add(
                    path, .changed,
                    now.isOptional ? "was required, is optional" : "was optional, is required",
                    isBreaking: now.isOptional == (direction == .toCaller))
            }
            self.compare(field.type, now.type, at: path, direction)
        }
        for field in added {
            let isDemanded = direction == .toServer && !field.isOptional
            self.add(
                "\(place).\(field.name)", .added,
                "\(field.type.words), \(field.isOptional ? "optional" : "required")",
                isBreaking: isDemanded)
        }
    }

    /// Readers carry values that they do not know, so an enumeration may grow in both directions;
    /// a server must go on taking what it took.
    private mutating func compareCases(
        _ old: TypeDescription, _ new: TypeDescription, at place: String, _ direction: Direction
    ) {
        let (oldCases, newCases) = (old.caseNames, new.caseNames)
        for name in oldCases where !newCases.contains(name) {
            self.add(
                place, .changed, "takes “\(name)” no more", isBreaking: direction == .toServer)
        }
        for name in newCases where !oldCases.contains(name) {
            self.add(place, .changed, "may be “\(name)” as well", isBreaking: false)
        }
        for field in old.fields ?? [] {
            guard let now = new.fields?.first(where: { $0.name == field.name }) else { continue }
            self.compare(field.type, now.type, at: "\(place).\(field.name)", direction)
        }
    }

    private mutating func add(
        _ place: String, _ kind: ContractChange.Kind, _ detail: String, isBreaking: Bool
    ) {
        self.changes.append(
            ContractChange(
                subject: self.method, place: place, kind: kind, detail: detail,
                isBreaking: isBreaking))
    }
}

extension TypeDescription {
    /// The values of an enumeration; with payload, the names of its only field.
    fileprivate var caseNames: [String] {
        self.cases ?? self.fields?.map(\.name) ?? []
    }
}
