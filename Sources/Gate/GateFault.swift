// What makes data unfit for a decision.

package enum GateFault: Error, Equatable, CustomStringConvertible {
    /// A plan that can't be judged.
    case plan(String)
    /// A second attempt with a plan that differs from the first one's in this.
    case planChanged(String)
    /// A group with no values of this deciding metric on a side, or not as many on one as on the other.
    case missingSide(metric: String, group: Int)
    /// A value that is negative or no number.
    case impossibleValue(metric: String, group: Int, value: Double)
    /// A group out of order: the campaign expected another index or arrangement.
    case unexpectedGroup(index: Int, expected: Int)
    /// The campaign was spoiled, by a crash or lost records; it can't be taken up again.
    case invalidated(String)

    package var description: String {
        switch self {
        case .plan(let why): "the comparison can't be judged: \(why)"
        case .planChanged(let what): "a second attempt pools with the first, but its \(what) differs"
        case .missingSide(let metric, let group): "group \(group) lacks \(metric) on a side"
        case .impossibleValue(let metric, let group, let value): "group \(group) has \(metric) = \(value)"
        case .unexpectedGroup(let index, let expected): "group \(index) came where \(expected) was due"
        case .invalidated(let why): "the comparison is invalid: \(why)"
        }
    }
}
