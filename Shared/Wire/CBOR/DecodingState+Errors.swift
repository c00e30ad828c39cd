extension DecodingState {
    /// An error about the item at an offset.
    func error(_ reason: CBORError.Reason, at offset: UInt32) -> CBORError {
        CBORError(
            path: PathComponent.path(components(to: offset)),
            reason: reason,
            offset: Int(offset)
        )
    }

    func mismatch(expected: String, at position: ItemPosition) -> CBORError {
        // Fails only once the end of decoding has taken the bytes away.
        guard let head = try? head(at: position) else {
            return CBORError(reason: .decodingEnded)
        }
        return error(.typeMismatch(expected: expected, found: head.kind), at: position.offset)
    }

    func missing(_ key: some CodingKey, in map: UInt32) -> CBORError {
        // Only the end of decoding takes the table away.
        guard let entry = try? container(map) else { return CBORError(reason: .decodingEnded) }
        let path = containerComponents(map) + [PathComponent(key)]
        return CBORError(
            path: PathComponent.path(path),
            reason: .missingField,
            offset: Int(entry.first)
        )
    }

    /// Turns what a type's `init(from:)` threw into an error of the codec.
    func error(decoding error: any Error, at position: ItemPosition) -> CBORError {
        guard let error = error as? DecodingError else {
            return self.error(.invalidValue(String(describing: error)), at: position.offset)
        }
        let own = components(to: position.offset)
        func make(_ reason: CBORError.Reason, _ path: [any CodingKey]) -> CBORError {
            let components = path.map(PathComponent.init)
            return CBORError(
                path: PathComponent.path(components.count > own.count ? components : own),
                reason: reason,
                offset: Int(position.offset)
            )
        }
        switch error {
        case .keyNotFound(let key, let context):
            return make(.missingField, context.codingPath + [key])
        case .valueNotFound(_, let context):
            return make(.missingField, context.codingPath)
        case .typeMismatch(let type, let context):
            // As above: the item was there when decoding began.
            let found = (try? head(at: position).kind) ?? "another item"
            return make(.typeMismatch(expected: "\(type)", found: found), context.codingPath)
        case .dataCorrupted(let context):
            return make(.invalidValue(context.debugDescription), context.codingPath)
        @unknown default:
            return make(.invalidValue(String(describing: error)), [])
        }
    }

    // MARK: Paths

    /// The steps from the outermost item to the one at an offset, found by walking down; containers
    /// need not remember where they are.
    func components(to offset: UInt32) -> [PathComponent] {
        var components: [PathComponent] = []
        var position = outermost
        do throws(CBORError) {
            while position.offset < offset {
                let head = try head(at: position)
                guard head.major == MajorType.array || head.major == MajorType.map else {
                    guard head.major == MajorType.tag else { break }
                    position.offset = UInt32(truncatingIfNeeded: head.end)
                    continue
                }
                guard let step = try step(into: position.container, towards: offset) else { break }
                components.append(step.component)
                position = step.position
            }
        } catch {
            // The bytes are gone once decoding has ended; then there is no path to show.
            return []
        }
        return components
    }

    /// The steps to an array or map.
    func containerComponents(_ number: UInt32) -> [PathComponent] {
        // As above: without the table there is no path to show.
        guard let entry = try? container(number) else { return [] }
        // The head's last byte lies in the container and before everything in it.
        return components(to: entry.first - 1)
    }

    private func step(
        into number: UInt32,
        towards offset: UInt32
    ) throws(CBORError) -> (component: PathComponent, position: ItemPosition)? {
        let entry = try container(number)
        guard offset >= entry.first, offset < entry.end else { return nil }
        var position = ItemPosition(offset: entry.first, container: number + 1)
        for index in 0..<entry.count {
            let key = position
            if entry.isMap {
                position = try after(position)
                // The offset is in the key itself.
                if offset < position.offset { return nil }
            }
            let next = try after(position)
            if offset < next.offset {
                let component: PathComponent? =
                    entry.isMap ? reader.pathComponent(at: Int(key.offset)) : .element(Int(index))
                return component.map { ($0, position) }
            }
            position = next
        }
        return nil
    }
}
