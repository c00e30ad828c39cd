/// What `rpcctl diff` shows: each method with what is different about it, what breaks first.
struct DiffPage {
    let style: TextStyle

    func text(_ changes: [ContractChange]) -> String {
        guard !changes.isEmpty else { return "Nothing has changed.\n" }
        var text = ""
        var subjects: [String] = []
        for change in changes where !subjects.contains(change.subject) {
            subjects.append(change.subject)
        }
        for subject in subjects {
            text += self.style.bold(subject.escapingControls()) + "\n"
            let own = changes.filter { $0.subject == subject }
            for change in own.filter(\.isBreaking) + own.filter({ !$0.isBreaking }) {
                text += self.line(change)
            }
        }
        let count = changes.count(where: \.isBreaking)
        let summary =
            switch count {
            case 0: self.style.good("Nothing of it breaks callers.")
            case 1: self.style.error("1 change breaks callers.")
            default: self.style.error("\(count) changes break callers.")
            }
        return text + "\n" + summary + "\n"
    }

    private func line(_ change: ContractChange) -> String {
        let mark = change.isBreaking ? self.style.error("✗ breaks ") : self.style.dim("  keeps  ")
        let words = [change.place, change.kind == .changed ? "" : change.kind.rawValue]
        var text = words.filter { !$0.isEmpty }.joined(separator: " ")
        if !change.detail.isEmpty {
            text += (change.kind == .changed ? " " : ": ") + change.detail
        }
        return "  " + mark + " " + text.escapingControls() + "\n"
    }
}
