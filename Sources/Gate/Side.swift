// The two builds of a comparison.

/// `base` is what is compared with (A), `head` is what is judged (B).
package enum Side: String, Codable, CaseIterable, Sendable {
    case base, head

    package var other: Side { self == .base ? .head : .base }
}
