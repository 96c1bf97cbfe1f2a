// What a smoke run of the profiles left behind in git, as a check that answers with its violations.
import Foundation

enum SmokeRecordCheck {
    /// What a profile may be refused for and nobody is to blame, as Tests/Interop/smoke_record.py lets it pass.
    static let excuses = ["needs root", "on a file system of its own", "/sys/fs/cgroup has neither", "not on exactly one that /sys/block knows"]

    private struct Record: Decodable {
        struct Point: Decodable {
            let profile: String
            let settings: [String]
            let outcome: String
            let reason: String
            let seconds: Double
            let attempts: Int
        }
        let date: String
        let version: String
        let commit: String
        let scale: Double
        let points: [Point]
    }

    /// - Parameter profiles: every one that is shipped, by name.
    static func violations(_ file: RepositoryFile, profiles: [String]) -> [String] {
        let record: Record
        do { record = try JSONDecoder().decode(Record.self, from: Data(file.text.utf8)) } catch {
            return ["\(file.path) is not what Scripts/profiles-smoke --out writes: \(error)"]
        }
        let listed = Set(record.points.map(\.profile))
        let missing = profiles.filter { !listed.contains($0) }.map { "\(file.path) does not have \($0)" }
        let gone = listed.subtracting(profiles).sorted().map { "\(file.path) has \($0), which is no profile" }
        let ended = record.points.filter { !isWell($0) }.map { point in
            let reason = point.reason.isEmpty ? "no reason" : point.reason
            return "\(file.path): \(([point.profile] + point.settings).joined(separator: " ")) ended \(point.outcome): \(reason)"
        }
        return missing + gone + ended
    }

    private static func isWell(_ point: Record.Point) -> Bool {
        switch point.outcome {
        case "VALID", "SATURATED": true
        case "REFUSED": excuses.contains { point.reason.contains($0) }
        default: false
        }
    }
}
