// Files that a profile names: text with a value a line.
internal import Foundation

enum ProfileFile {
    /// Such a file is read whole.
    private static let bytesMaximum = 16 << 20

    /// The values of a file, in order; empty lines and such that begin with # are passed over.
    ///
    /// - Parameters:
    ///   - name: as the profile has it, beside which it lies.
    ///   - what: a value is, for errors: `record size`.
    ///   - kind: what a line must be, for errors.
    static func values<Value>(
        _ name: String, at place: ProfilePlace, of what: String, _ kind: String, _ parse: (String) -> Value?
    ) throws(ProfileError) -> [Value] {
        let path = beside(name, place)
        let found = try? URL(filePath: path).resourceValues(forKeys: [.isRegularFileKey, .fileSizeKey])
        guard found?.isRegularFile == true, let bytes = found?.fileSize, bytes <= bytesMaximum,
            let data = FileManager.default.contents(atPath: path), let text = String(data: data, encoding: .utf8)
        else { throw place.error("‘\(path)’ must be a readable text file of at most \(bytesMaximum >> 20) MiB, a \(what) a line") }
        var values: [Value] = []
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let word = line.trimmingCharacters(in: .whitespaces)
            if word.isEmpty || word.hasPrefix("#") { continue }
            guard let value = parse(word) else { throw place.error("‘\(path)’, line \(number + 1): ‘\(word.prefix(40))’ must be \(kind)") }
            values.append(value)
        }
        guard !values.isEmpty else { throw place.error("‘\(path)’ has no \(what) in it") }
        return values
    }

    /// A path in a profile is relative to it; on the command line, to where that is given.
    private static func beside(_ name: String, _ place: ProfilePlace) -> String {
        guard !name.hasPrefix("/"), case .file(let profile, _, _) = place, profile.contains("/") else { return name }
        return (profile as NSString).deletingLastPathComponent + "/" + name
    }
}
