package import TransparencyLog

/// How far a checkpoint says that the log has each producer's events: its further lines.
///
/// A line `last 2 300 identity` says that event 300 of numbering 2 is the last of identity under
/// the checkpoint.  Producers without events in this epoch of the log have no line.  Whoever
/// verifies the whole log compares the lines with the entries; whoever asks for a part of it knows
/// by them that nothing newer is held back.
package struct CheckpointProducers: Hashable, Sendable {
    /// Where each producer stands; empty if the checkpoint says nothing about producers.
    package let last: [String: ProducerPlace]

    /// States where producers stand.
    package init(_ last: [String: ProducerPlace]) { self.last = last }

    /// Reads a checkpoint's lines; those of another form are left aside.
    package init(_ checkpoint: Checkpoint) {
        var last: [String: ProducerPlace] = [:]
        for line in checkpoint.extensions {
            let words = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
            guard words.count == 4, words[0] == "last", let epoch = Int64(words[1]),
                let sequence = Int64(words[2])
            else { continue }
            last[String(words[3])] = ProducerPlace(epoch: epoch, sequence: sequence)
        }
        self.last = last
    }

    /// The lines, in the order of the names.
    package var lines: [String] {
        self.last.sorted { $0.key < $1.key }.map { name, place in
            "last \(place.epoch) \(place.sequence) \(name)"
        }
    }
}
