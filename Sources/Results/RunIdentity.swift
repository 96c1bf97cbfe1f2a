// Which run this is.
package import Foundation

/// When a run started, of which profile, and six digits that keep two of the same minute apart.
package struct RunIdentity: Codable, Equatable, Sendable {
    /// UTC, `2026-11-23`.
    package let date: String
    /// ISO 8601, UTC, to the second.
    package let startedAt: String
    /// nil until the run has ended.
    package var endedAt: String?
    package let profileName: String
    /// Six hexadecimal digits.
    package let shortID: String

    package init(date: String, startedAt: String, endedAt: String? = nil, profileName: String, shortID: String) {
        self.date = date
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.profileName = profileName
        self.shortID = shortID
    }

    /// A new run that starts now.
    package static func new(profileName: String, at now: Date = Date()) -> RunIdentity {
        let started = timestamp(now)
        let digits = String(UInt32.random(in: 0...0xff_ffff), radix: 16)
        return RunIdentity(
            date: String(started.prefix(10)), startedAt: started, profileName: profileName,
            shortID: String(repeating: "0", count: 6 - digits.count) + digits)
    }

    /// `2026-11-23-quickstart-7f3a9c`; characters of the profile's name that do not belong in a path become `-`.
    package var directoryName: String {
        let safe = profileName.map { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) ? $0 : "-" }
        return "\(date)-\(String(safe))-\(shortID)"
    }

    static func timestamp(_ date: Date) -> String { date.formatted(.iso8601) }
}
