// The script that completes tidemarkd's command line in bash.

enum BashCompletion {
    /// - Parameters:
    ///   - forms: of the command line.
    ///   - keys: that `--set` takes.
    static func script(_ forms: [Synopsis], keys: [String]) -> String {
        """
        # Completes tidemarkd in bash:  source <(tidemarkd completion bash)
        # In zsh:  autoload -U bashcompinit && bashcompinit && source <(tidemarkd completion bash)
        _tidemarkd() {
            local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
            local before="${COMP_WORDS[*]:1:COMP_CWORD-1}" offered= directories=
            case "$previous" in
        \(arguments(forms, keys))
            esac
            case "$before " in
        \(offers(forms))
            esac
            COMPREPLY=($(compgen -W "$offered" -- "$current"))
            if [ -n "$directories" ] && [ "${current#-}" = "$current" ]; then COMPREPLY+=($(compgen -d -- "$current")); fi
        }
        complete -o filenames -o nosort -F _tidemarkd tidemarkd

        """
    }

    /// What stands behind an option that takes an argument.
    private static func arguments(_ forms: [Synopsis], _ keys: [String]) -> String {
        var seen: Set<String> = []
        let options = forms.flatMap(\.options).filter { $0.argument != nil && seen.insert($0.name).inserted }
        return options.map { option in
            let answer =
                switch option.argument! {
                case "DIR": "COMPREPLY=($(compgen -d -- \"$current\"))"
                case let name where name.hasPrefix("FILE"): "COMPREPLY=($(compgen -f -- \"$current\"))"
                case "KEY=VALUE":
                    "compopt +o filenames -o nospace; COMPREPLY=($(compgen -W \"\(keys.map { $0 + "=" }.joined(separator: " "))\" -- \"$current\"))"
                default: "COMPREPLY=()"
                }
            return "        \(option.name)) \(answer); return ;;"
        }.joined(separator: "\n")
    }

    /// What may stand behind the words so far. The longest words come first, so that they are met first.
    private static func offers(_ forms: [Synopsis]) -> String {
        var byWords: [[String]: (offered: [String], takesDirectory: Bool)] = [:]
        for form in forms {
            var entry = byWords[form.words] ?? ([], false)
            entry.offered += form.options.map(\.name)
            entry.takesDirectory = entry.takesDirectory || form.operand == "DIR"
            byWords[form.words] = entry
            for length in form.words.indices {
                let start = Array(form.words[..<length])
                var entry = byWords[start] ?? ([], false)
                if !entry.offered.contains(form.words[length]) { entry.offered.append(form.words[length]) }
                byWords[start] = entry
            }
        }
        let sorted = byWords.sorted { ($1.key.count, $0.key.joined()) < ($0.key.count, $1.key.joined()) }
        return sorted.map { words, entry in
            let pattern = words.isEmpty ? "*" : "\"\(words.joined(separator: " ")) \"*"
            return "        \(pattern)) offered=\"\(entry.offered.joined(separator: " "))\"\(entry.takesDirectory ? " directories=yes" : "") ;;"
        }.joined(separator: "\n")
    }
}
