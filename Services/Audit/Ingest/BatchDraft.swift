internal import AuditAPI
internal import RPC

internal import struct FoundationEssentials.Data

/// What a batch of calls makes of the log: decided here, not yet stored.
struct BatchDraft: Sendable {
    /// Which number of a producer.
    struct EntryKey: Hashable, Sendable {
        let producer: String
        let epoch: Int64
        let sequence: Int64
    }

    /// How many entries the log has before.
    let oldSize: Int64
    /// How far the log has each producer's events once the batch is stored.
    private(set) var producers: [String: ProducerState]
    /// The producers of whom there are new entries.
    private(set) var changedProducers: Set<String> = []
    /// The new entries in the order of the log.
    private(set) var entries: [CheckedEntry] = []
    /// Numberings that begin.
    private(set) var beginnings: [ProducerBeginning] = []
    /// Numbers that are given up.
    private(set) var gaps: [ProducerGap] = []
    private let acceptsUnknown: Bool
    // The events of numbers that calls repeat: those stored before, and those of this batch.
    private var knownEvents: [EntryKey: Data]

    /// Begins a batch.
    ///
    /// - Parameters:
    ///   - storedEvents: the events of ``repeatedKeys(of:producers:)`` as they are stored.
    init(
        state: LogState, producers: [String: ProducerState], storedEvents: [EntryKey: Data]
    ) {
        self.oldSize = state.size
        self.producers = producers
        self.acceptsUnknown = state.logEpoch > 1
        self.knownEvents = storedEvents
    }

    /// The numbers in calls that the log has already, to be compared with what is stored.
    static func repeatedKeys(
        of calls: [CheckedAppend], producers: [String: ProducerState]
    ) -> [EntryKey] {
        calls.flatMap { call -> [EntryKey] in
            guard let state = producers[call.producer], state.epoch == call.epoch else { return [] }
            return call.entries.prefix { $0.sequence <= state.lastSequence }.map(\.key)
        }
    }

    /// Takes a call in, or refuses it as a whole.
    ///
    /// - Throws: an ``RPCError``; nothing of the call was taken then.
    mutating func admit(_ call: CheckedAppend) throws(RPCError) {
        guard let first = call.entries.first else { return }
        let admission = try Admission(
            epoch: call.epoch, first: first.sequence, count: call.entries.count,
            state: self.producers[call.producer], acceptsUnknown: self.acceptsUnknown)
        let place = self.oldSize + Int64(self.entries.count)
        let state = self.producers[call.producer]
        switch admission {
        case .follows(let storedCount):
            for entry in call.entries.prefix(storedCount) {
                guard let known = self.knownEvents[entry.key]
                else { throw .sequenceLost(entry.sequence) }
                guard known == entry.event else { throw .equivocation(entry.sequence) }
            }
            var entries = call.entries.dropFirst(storedCount)
            // The first one in an epoch of the log says where the producer was before.
            if let state, state.acceptsGap, let next = entries.first {
                entries[entries.startIndex] = try Self.entry(next, after: state)
            }
            self.append(entries)
        case .begins:
            var entries = call.entries
            if let state { entries[0] = try Self.entry(first, after: state) }
            self.begin(call, at: place)
            self.append(entries[...])
        case .leaves(let gap, let beginsEpoch):
            var entries = call.entries
            entries[0] = try Self.entry(first, after: state, lostFrom: gap?.lowerBound)
            if let gap {
                self.gaps.append(
                    ProducerGap(
                        producer: call.producer, epoch: call.epoch, sequences: gap,
                        logIndex: place))
            }
            if beginsEpoch { self.begin(call, at: place) }
            self.append(entries[...])
        }
    }

    private static func entry(
        _ entry: CheckedEntry, after state: ProducerState?, lostFrom: Int64? = nil
    ) throws(RPCError) -> CheckedEntry {
        do {
            return try entry.following(state, lostFrom: lostFrom)
        } catch {
            throw .entryInvalid(entry.sequence, "it cannot be written.")
        }
    }

    private mutating func begin(_ call: CheckedAppend, at place: Int64) {
        self.beginnings.append(
            ProducerBeginning(producer: call.producer, epoch: call.epoch, logIndex: place))
    }

    private mutating func append(_ entries: ArraySlice<CheckedEntry>) {
        guard let last = entries.last else { return }
        for entry in entries { self.knownEvents[entry.key] = entry.event }
        self.entries += entries
        let known = self.producers[last.producer]
        self.producers[last.producer] = ProducerState(
            epoch: last.epoch, lastSequence: last.sequence, lastLeafHash: last.leafHash,
            checkpointedSequence: known?.epoch == last.epoch
                ? known?.checkpointedSequence ?? 0 : 0,
            acceptsGap: false)
        self.changedProducers.insert(last.producer)
    }
}

extension CheckedEntry {
    /// The producer's number for it.
    var key: BatchDraft.EntryKey {
        BatchDraft.EntryKey(
            producer: self.producer, epoch: self.epoch, sequence: self.sequence)
    }
}
