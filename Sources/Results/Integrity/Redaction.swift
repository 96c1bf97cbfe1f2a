// Keeps names of people and hosts out of results.
internal import Foundation
internal import Glibc
internal import Measurement

/// What must not be stored, and what stands in its place.
package struct Redaction: Sendable {
    /// Whole words only, longest first.
    let replacements: [(name: String, by: String)]

    /// Names that say nothing about anybody.
    private static let common: Set<String> = ["localhost", "root", "nobody", "runner", "ubuntu", "debian"]
    /// Shorter names would also be found where they are not meant.
    private static let shortestName = 3

    package init(hostNames: [String] = [], userNames: [String] = [], homes: [String] = []) {
        func usable(_ name: String) -> Bool { name.count >= Self.shortestName && !Self.common.contains(name) }
        let all = homes.filter { $0.count > 1 }.map { ($0, "~") } + hostNames.filter(usable).map { ($0, "<host>") }
            + userNames.filter(usable).map { ($0, "<user>") }
        replacements = all.sorted { $0.0.count > $1.0.count }.map { (name: $0.0, by: $0.1) }
    }

    /// This machine's host name, whole and up to its first dot, and this user's name and home.
    package static func ofThisMachine() -> Redaction {
        var buffer = [CChar](repeating: 0, count: 256)
        let host = gethostname(&buffer, buffer.count - 1) == 0 ? String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) : ""
        let short = String(host.prefix { $0 != "." })
        let environment = ProcessInfo.processInfo.environment
        let account = getpwuid(getuid()).map { (String(cString: $0.pointee.pw_name), String(cString: $0.pointee.pw_dir)) }
        return Redaction(
            hostNames: unique([host, short]), userNames: unique([environment["USER"], environment["LOGNAME"], account?.0].compactMap { $0 }),
            homes: unique([environment["HOME"], account?.1].compactMap { $0 }))
    }

    /// `text` with every name replaced where it stands as a word of its own.
    package func text(_ text: String) -> String {
        replacements.reduce(text) { Self.replaced($1.name, by: $1.by, in: $0) }
    }

    private static func replaced(_ name: String, by replacement: String, in text: String) -> String {
        guard text.contains(name) else { return text }
        func isWord(_ character: Character?) -> Bool { character.map { $0.isLetter || $0.isNumber || $0 == "_" } ?? false }
        var result = ""
        var rest = text[...]
        while let found = rest.range(of: name) {
            let before = rest[..<found.lowerBound].last ?? result.last
            let after = found.upperBound < rest.endIndex ? rest[found.upperBound] : nil
            result += rest[..<found.lowerBound]
            result += isWord(before) || isWord(after) ? name : replacement
            rest = rest[found.upperBound...]
        }
        return result + rest
    }

    /// Mount options without the paths some of them carry (an overlay's layers): personal, and new for every container.
    package static func mountOptions(_ options: String) -> String {
        options.split(separator: ",", omittingEmptySubsequences: false).map { option in
            guard let equals = option.firstIndex(of: "="), option[equals...].contains("/") else { return String(option) }
            return option[...equals] + "…"
        }.joined(separator: ",")
    }
}

extension RunRecord {
    /// Takes names out of everything that is free text. Labels, figures and the profile are nobody's name.
    mutating func redact(by redaction: Redaction) {
        func clean(_ text: inout String) { text = redaction.text(text) }
        clean(&software.broker)
        for index in notes.indices { clean(&notes[index]) }
        for index in (deviations ?? []).indices {
            clean(&deviations![index].reason)
            deviations![index].asked = deviations![index].asked.map(redaction.text)
            deviations![index].used = deviations![index].used.map(redaction.text)
        }
        for index in phases.indices { phases[index].notes = phases[index].notes.map(redaction.text) }
        environment.redact(by: redaction)
        for index in disks.indices { disks[index].redact() }
        // An error's name may hold an address.
        if var found = search {
            found.stopped = found.stopped.map(redaction.text)
            for index in found.trials.indices { found.trials[index].reasons = found.trials[index].reasons.map(redaction.text) }
            search = found
        }
        if let found = verdict {
            verdict = Verdict(reasons: found.reasons.map { reason in
                var reason = reason
                reason.text = redaction.text(reason.text)
                return reason
            })
        }
    }
}

extension EnvironmentRecord {
    package mutating func redact(by redaction: Redaction) {
        for index in traits.indices { traits[index].finding = redaction.text(traits[index].finding) }
        hard = hard.mapValues(redaction.text)
        soft = soft.mapValues(redaction.text)
        runState = runState.mapValues(redaction.text)
        if let options = hard["mount_options"] { hard["mount_options"] = Redaction.mountOptions(options) }
    }
}

extension DiskRecord {
    package mutating func redact() { mountOptions = Redaction.mountOptions(mountOptions) }
}
