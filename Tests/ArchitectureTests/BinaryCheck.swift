// What a measured binary may not hold: full Foundation, ICU, YAML. Read from `readelf -d` and `nm`.

enum BinaryCheck {
    /// Shared libraries a measured binary does not ask for. FoundationEssentials is not among them: it comes with the argument parser.
    static let forbiddenLibraries = ["libFoundation.so", "lib_FoundationICU.so", "libFoundationXML.so", "libFoundationNetworking.so", "libFoundationInternationalization.so"]

    /// Beginnings of symbols that full Foundation, ICU and Yams define or ask for.
    static let forbiddenSymbols = ["$s10Foundation", "_swift_FoundationICU", "ucal_", "uloc_", "ucnv_", "udat_", "$s4Yams", "yaml_parser_"]

    /// `dynamic`: output of `readelf -d`.
    static func libraries(_ program: String, dynamic: String) -> [String] {
        dynamic.split(separator: "\n").filter { $0.contains("(NEEDED)") }.flatMap { line in
            forbiddenLibraries.filter { line.contains("[\($0)") }.map { "\(program) needs \($0)" }
        }
    }

    /// `names`: output of `nm`, one symbol a line, its name last.
    static func symbols(_ program: String, names: String) -> [String] {
        var found: [String: String] = [:]
        for line in names.split(separator: "\n") {
            guard let name = line.split(separator: " ").last else { continue }
            guard let prefix = forbiddenSymbols.first(where: { name.hasPrefix($0) }) else { continue }
            if found[prefix] == nil { found[prefix] = "\(program) holds \(name)" }
        }
        return found.values.sorted()
    }
}
