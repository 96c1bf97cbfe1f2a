// Stored results as a list: what is there, in which state, and what may go.
package import Foundation
internal import Gate
internal import Host
internal import Measurement

/// Which results may go. A result goes when any rule that is set says so.
package struct PruneRule: Equatable, Sendable {
    package var keepOfEachProfile: Int?
    package var olderThanDays: Double?
    /// INVALID, unfinished, changed or unreadable.
    package var worthless: Bool

    package init(keepOfEachProfile: Int? = nil, olderThanDays: Double? = nil, worthless: Bool = false) {
        self.keepOfEachProfile = keepOfEachProfile
        self.olderThanDays = olderThanDays
        self.worthless = worthless
    }
}

package struct ResultListing: Sendable {
    package struct Row: Equatable, Sendable {
        package let name: String
        package let directory: URL
        package let profile, startedAt, broker: String
        /// `VALID`, `INVALID`, `unfinished`, `changed`, `unreadable`; of a comparison of builds what it came to.
        package let state: String
        /// Everything in its directory.
        package let bytes: Int64
        package let isReference: Bool

        var isWorthless: Bool { ["INVALID", "no verdict", "unfinished", "changed", "unreadable", GateOutcome.invalid.word].contains(state) }
    }

    package struct Prunable: Equatable, Sendable {
        package let name: String
        package let directory: URL
        package let bytes: Int64
        package let reason: String
    }

    /// The oldest first, references last.
    package let rows: [Row]

    /// - Parameter profile: only results of this one; nil for all.
    package init(_ store: ResultStore, profile: String?) {
        let all = store.list().map { Self.row($0, store) } + store.comparisons().map(Self.comparison)
        let sorted = all.filter { !$0.isReference }.sorted { $0.name < $1.name } + all.filter(\.isReference)
        rows = sorted.filter { profile == nil || $0.profile == profile }
    }

    private static func comparison(_ directory: URL) -> Row {
        var state = "unreadable"
        var record: CampaignRecord?
        do {
            record = try CampaignStore(directory: directory).load()
            state = record.flatMap { $0.complete ? $0.report?.outcome.word : nil } ?? "unfinished"
        } catch ResultError.tampered { state = "changed" } catch {}
        return Row(
            name: directory.lastPathComponent, directory: directory, profile: record?.identity.profileName ?? "–",
            startedAt: record?.identity.startedAt ?? "–", broker: record.map { "\($0.base.name) → \($0.head.name)" } ?? "–", state: state,
            bytes: size(directory), isReference: false)
    }

    private static func row(_ directory: URL, _ store: ResultStore) -> Row {
        let isReference = directory.deletingLastPathComponent().standardizedFileURL.path != store.root.standardizedFileURL.path
        let found = try? store.read(directory)
        let record = found?.record
        return Row(
            name: directory.lastPathComponent, directory: directory, profile: record?.identity.profileName ?? "–",
            startedAt: record?.identity.startedAt ?? "–", broker: record?.software.broker ?? "–", state: state(found), bytes: size(directory),
            isReference: isReference)
    }

    private static func state(_ found: StoredResult?) -> String {
        guard let found else { return "unreadable" }
        if found.isChanged { return "changed" }
        guard found.record.complete else { return "unfinished" }
        return found.record.verdict?.outcome.rawValue.uppercased() ?? "no verdict"
    }

    private static func size(_ directory: URL) -> Int64 {
        let files = FileManager.default.enumerator(at: directory, includingPropertiesForKeys: [.fileSizeKey])
        return (files?.compactMap { ($0 as? URL).flatMap { try? $0.resourceValues(forKeys: [.fileSizeKey]).fileSize } } ?? []).reduce(0) { $0 + Int64($1) }
    }

    /// Columns, ending with a newline.
    package func text(width: Int = 130) -> String {
        guard !rows.isEmpty else { return "No results.\n" }
        var grid = TextGrid([.left, .left, .left, .right, .left])
        grid.addHead("RESULT", ["started", "state", "size", "broker"])
        for row in rows {
            grid.add([
                row.name + (row.isReference ? " (reference)" : ""), row.startedAt.replacing("T", with: " ").replacing("Z", with: ""), row.state,
                byteText(Double(row.bytes)), row.broker,
            ])
        }
        return grid.lines(width: width).joined(separator: "\n") + "\n"
    }

    /// What `rule` lets go, the oldest first, each with its reason. References never go, and neither does the run that goes on.
    package func prunable(_ rule: PruneRule, at now: Date) -> [Prunable] {
        let own = rows.filter { !$0.isReference }
        var seen: [String: Int] = [:]
        var reasons: [String: String] = [:]
        // The youngest first: those are the ones a number keeps.
        for row in own.reversed() {
            seen[row.profile, default: 0] += 1
            let days = (try? Date(row.startedAt, strategy: .iso8601)).map { now.timeIntervalSince($0) / 86_400 }
            if row.state == "unfinished", (days ?? 1) < 1 { continue }
            if rule.worthless, row.isWorthless {
                reasons[row.name] = row.state
            } else if let limit = rule.olderThanDays, let days, days > limit {
                reasons[row.name] = "\(fixed(days, 0)) days old"
            } else if let keep = rule.keepOfEachProfile, seen[row.profile]! > keep {
                reasons[row.name] = "number \(seen[row.profile]!) of \(row.profile)"
            }
        }
        return own.compactMap { row in
            reasons[row.name].map { Prunable(name: row.name, directory: row.directory, bytes: row.bytes, reason: $0) }
        }
    }
}
