import ArgumentParser

/// The parser's completion script for a shell, and what `key=value` words need beyond it.
enum CompletionScript {
    static func text(for shell: CompletionShell) -> String {
        let script = RPCControl.completionScript(for: shell)
        switch shell {
        case .bash: return script + "\n" + self.bashWords + "\n"
        case .zsh:
            // The last lines run the completion when zsh loads the script by itself.
            let end = script.firstRange(of: "if [[ \"${funcstack[1]}\"")?.lowerBound
            return script[..<(end ?? script.endIndex)] + self.zshOffer + "\n"
                + script[(end ?? script.endIndex)...] + "\n"
        default: return script + "\n"
        }
    }

    /// Bash takes words apart at `=` and `:`; this puts them together for the parser's function,
    /// and leaves out of its answers what stands before the part that bash will replace.
    private static let bashWords = #"""
        _rpcctl_whole_words() {
            local rest="${COMP_LINE}" word blank
            local -a whole=()
            local -i index current=0
            for index in "${!COMP_WORDS[@]}"; do
                word="${COMP_WORDS[index]}"
                blank="${rest%%[![:space:]]*}"
                rest="${rest#"${blank}"}"
                if [[ ${index} -eq 0 || -n ${blank} ]]; then
                    whole+=("${word}")
                else
                    whole[${#whole[@]} - 1]+="${word}"
                fi
                rest="${rest#"${word}"}"
                ((index == COMP_CWORD)) && current=$((${#whole[@]} - 1))
            done
            local before="${COMP_LINE:0:COMP_POINT}"
            local typed="${before##*[[:space:]]}"
            local -a COMP_WORDS=("${whole[@]}")
            local -i COMP_CWORD=current
            _rpcctl "${1}" "${typed}" "${whole[current > 0 ? current - 1 : 0]}"
            local stem="${typed%"${typed##*[=:]}"}"
            if [[ -n ${stem} ]]; then COMPREPLY=("${COMPREPLY[@]#"${stem}"}"); fi
            case "${stem}${COMPREPLY[*]}" in
            # As they are, not escaped like files' names.
            *[=\[]*) compopt +o filenames 2>/dev/null ;;
            esac
            case "${COMPREPLY[*]}" in
            *[=.\[]) compopt -o nospace 2>/dev/null ;;
            esac
        }
        complete -o filenames -F _rpcctl_whole_words rpcctl
        """#

    /// No space after a field's name: its value follows.
    private static let zshOffer = #"""
        __rpcctl_complete() {
            local -a closed=("${@:#*[=.\[]}") open=("${(M)@:#*[=.\[]}")
            (( ${#open} )) && compadd -S '' -- "${open[@]}"
            (( ${#closed} )) && _describe -V '' closed
        }
        """#
}
