// How far two results may be compared, and what stands in the way.

/// From everything to nothing.
package enum Rung: String, Codable, CaseIterable, Comparable, Sendable {
    /// The machine is the same in everything that counts: figures and ratios, marked where a difference is proven.
    case same
    /// The same machine with a reservation: the same, under a banner; never a gate.
    case similar
    /// Two machines: figures relative to each one's own limits; ratios without any mark.
    case different
    /// Two experiments, or a run that does not count: refused.
    case invalid

    package static func < (left: Rung, right: Rung) -> Bool { left.height < right.height }
    private var height: Int { Self.allCases.firstIndex(of: self)! }

    /// What may be done on this rung, as a clause.
    package var meaning: String {
        switch self {
        case .same: "figures may be compared directly"
        case .similar: "figures may be compared directly, with a reservation, and never gate"
        case .different: "only figures relative to each machine's own limits may be compared"
        case .invalid: "nothing may be compared"
        }
    }
}

/// One field that does not agree, or one fact that spoils a result.
package struct Obstacle: Codable, Equatable, Sendable {
    package enum Kind: String, Codable, CaseIterable, Sendable {
        /// A run that does not count, whatever it is compared with.
        case spoiled
        /// What was asked for.
        case experiment
        /// The machine, what changes figures by itself.
        case hard
        /// What the machine was measured to do.
        case calibration
        /// The machine, what is worth a warning.
        case soft
        /// How the machine was just then: shown, never held against anything.
        case runState
    }

    package let kind: Kind
    /// How far this alone pulls the comparison down.
    package let rung: Rung
    package let field: String
    /// Of the first and the second result; nil where it was not recorded.
    package let first: String?
    package let second: String?
    /// One clause.
    package let text: String

    package init(_ kind: Kind, _ rung: Rung, field: String, first: String? = nil, second: String? = nil, text: String) {
        self.kind = kind
        self.rung = rung
        self.field = field
        self.first = first
        self.second = second
        self.text = text
    }

    /// No field with two values, but something known of a run.
    var isFact: Bool { first == nil && second == nil }
}

/// What the ladder says of two results.
package struct Comparability: Codable, Equatable, Sendable {
    package let rung: Rung
    /// The worst first; within a rung in the order of the ladder.
    package let obstacles: [Obstacle]

    package init(obstacles: [Obstacle]) {
        rung = obstacles.map(\.rung).max() ?? .same
        // By hand, because Swift's own sort promises no order among equals.
        self.obstacles = Rung.allCases.reversed().flatMap { rung in obstacles.filter { $0.rung == rung } }
    }

    /// Whether a run does not count by itself: exit 5, where two experiments are exit 4.
    package var isSpoiled: Bool { obstacles.contains { $0.kind == .spoiled } }

    /// What pulled the comparison down to where it is.
    package var deciding: [Obstacle] { obstacles.filter { $0.rung == rung && rung != .same } }
}
