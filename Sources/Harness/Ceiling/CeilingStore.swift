// Ceilings that earlier runs measured with this program on this machine, kept for a day.
internal import Foundation
internal import Host
internal import Results

/// `<results>/ceilings.json`: what the generators of loads at maximum rate reached by themselves. A cache and no result: without it, or
/// with one that can't be read, the ceiling is measured again.
struct CeilingStore {
    /// One ceiling: of which load, on which machine, by which program.
    struct Entry: Codable, Equatable {
        let key: String
        /// Wall clock, milliseconds since 1970.
        let measuredAt: Int64
        let megabytesPerSecond: Double
        let text: String
        let requests: UInt64
    }

    static let fileName = "ceilings.json"
    static let lifeMilliseconds: Int64 = 86_400_000
    /// More than anybody measures in a day; the oldest go.
    static let entriesMaximum = 1_000

    private let place: URL

    /// - Parameter root: the directory that keeps results.
    init(root: String) { place = URL(filePath: root).appending(path: Self.fileName) }

    /// - Parameter now: wall clock, milliseconds since 1970.
    /// - Returns: nil where none was measured within the day before `now`.
    func reading(of key: String, at now: Int64) -> NullCeiling.Reading? {
        guard let entry = entries(at: now).last(where: { $0.key == key }) else { return nil }
        let time = Date(timeIntervalSince1970: Double(entry.measuredAt) / 1e3).formatted(.iso8601)
        return NullCeiling.Reading(
            megabytesPerSecond: entry.megabytesPerSecond, text: "\(entry.text), kept from \(time)", requests: entry.requests)
    }

    /// Keeps a ceiling that was measured just now, in the place of an earlier one of the same. Without success it is measured anew next time.
    func keep(_ reading: NullCeiling.Reading, of key: String, at now: Int64) {
        let entry = Entry(key: key, measuredAt: now, megabytesPerSecond: reading.megabytesPerSecond, text: reading.text, requests: reading.requests)
        let all = entries(at: now).filter { $0.key != key } + [entry]
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try? encoder.encode(Array(all.suffix(Self.entriesMaximum))).write(to: place, options: .atomic)
    }

    /// Those of the day before `now`, in the order in which they were measured. One that a clock set back has left in the future is none.
    private func entries(at now: Int64) -> [Entry] {
        guard let data = try? Data(contentsOf: place), let all = try? JSONDecoder().decode([Entry].self, from: data) else { return [] }
        return all.filter { $0.measuredAt <= now && now - $0.measuredAt < Self.lifeMilliseconds && $0.megabytesPerSecond > 0 }
    }
}

extension CeilingStore {
    /// Names a ceiling by everything that it depends on: the load with its profile, the machine, and the program, which is the null broker too.
    ///
    /// - Parameters:
    ///   - load: of the same profile.
    ///   - profile: its text, with what was laid over it.
    /// - Returns: nil where this program's file is not there any more: then nobody knows what the next one will be.
    static func key(of load: CeilingBook.Settings, profile: String, machine: EnvironmentRecord) -> String? {
        guard let program else { return nil }
        return SHA256.hex(["\(load)", profile, machine.digests.hard, program].joined(separator: "\n"))
    }

    /// Size and time of the program's file: every build changes them, also one of uncommitted sources.
    private static var program: String? {
        guard let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"),
            let attributes = try? FileManager.default.attributesOfItem(atPath: path), let size = attributes[.size] as? NSNumber,
            let changed = attributes[.modificationDate] as? Date
        else { return nil }
        return "\(size) bytes of \(changed.timeIntervalSince1970)"
    }
}
