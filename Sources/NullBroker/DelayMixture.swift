// How long answers are held back, where some are held longer than others.

/// Delays and the share of requests that each of them holds back; one draw a request decides. What the shares leave is
/// answered at once.
package struct DelayMixture: Equatable, Sendable {
    package struct Part: Equatable, Sendable {
        package let nanoseconds: UInt64
        /// 0…1 of all requests.
        package let share: Double

        package init(nanoseconds: UInt64, share: Double) {
            self.nanoseconds = nanoseconds
            self.share = share
        }
    }

    package let parts: [Part]

    /// Shares written as decimals need not add up to 1 in binary.
    private static let tolerance = 1e-9

    /// nil for no parts, a share outside of 0…1, and more than all requests.
    package init?(_ parts: [Part]) {
        guard !parts.isEmpty, parts.allSatisfy({ (0...1).contains($0.share) }), parts.reduce(0, { $0 + $1.share }) <= 1 + Self.tolerance
        else { return nil }
        self.parts = parts
    }

    /// What a draw from `0 ..< 1` comes to, nanoseconds; 0: not held back.
    func delay(at draw: Double) -> UInt64 {
        var reached = 0.0
        for part in parts {
            reached += part.share
            if draw < reached { return part.nanoseconds }
        }
        // The last part of a mixture of all requests, which falls short of 1 by rounding only.
        return reached >= 1 - Self.tolerance ? parts[parts.count - 1].nanoseconds : 0
    }
}
