// A quantile in few letters, for tables of many.
internal import Measurement

extension QuantileReading {
    /// `1.20 ms`, `≤ 80.1 µs`, `n/a`: whose bound it is, and how many samples were too few, stands where there is room.
    var brief: String {
        guard case .measured(let nanoseconds, let bound, _) = self else { return "n/a" }
        return (bound == nil ? "" : "≤ ") + Duration.text(nanoseconds: nanoseconds)
    }
}
