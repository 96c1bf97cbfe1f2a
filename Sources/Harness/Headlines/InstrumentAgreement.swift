// Whether what a broker's fetches missed and what was read from the device are the same bytes.
internal import Host

/// Instruments that share no source, laid beside one another.
struct InstrumentAgreement: Equatable {
    /// `agree within 0.3 points`, or what disagrees.
    let text: String
    /// nil where one instrument alone answered, and where what was read ahead explains the difference.
    let agrees: Bool?
    /// Of the bytes that the device read, those that nobody had missed; nil where that can't be told, or nothing is read ahead.
    let prefetchShare: Double?

    /// METHOD: misses and device reads that differ by more are flagged.
    static let points = 2.0

    /// - Parameters:
    ///   - missed: share of the bytes served that were not in memory when they were; nil: nobody looked.
    ///   - process, device: bytes read over bytes served, by the process's account and by the device's; nil: not readable.
    ///   - readsAhead: whether more may be read than is asked for; else each of the two has to be what was missed.
    init(missed: Double?, process: Double?, device: Double?, readsAhead: Bool) {
        var readers: [(name: String, read: Double)] = []
        if let process { readers.append((name: "process", read: process)) }
        if let device { readers.append((name: "device", read: device)) }
        guard let missed, let last = readers.last else {
            text = "one instrument only"
            agrees = nil
            prefetchShare = nil
            return
        }
        // The device is nearest to the truth of what was read ahead; both have to be right where nothing is.
        let worst = readsAhead ? last : readers.max { abs($0.read - missed) < abs($1.read - missed) } ?? last
        let difference = 100 * abs(worst.read - missed)
        let isMore = worst.read > missed
        prefetchShare = readsAhead ? (isMore ? (worst.read - missed) / worst.read : 0) : nil
        if difference <= Self.points {
            text = "agree within \(fixed(difference, 1)) points"
            agrees = true
        } else if readsAhead, isMore {
            text = "the \(worst.name) read \(fixed(difference, 1)) points more than missed: read ahead"
            agrees = nil
        } else {
            text = "the \(worst.name) read \(fixed(difference, 1)) points \(isMore ? "more" : "less") than missed"
            agrees = false
        }
    }
}
