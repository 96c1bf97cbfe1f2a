// What the producer hands back with each acknowledged record.

/// A record's send time, size and phase in the eight bytes that a producer keeps for each record.
struct RecordMark: Equatable {
    /// Since the start of the run, up to 24 days.
    let sentMilliseconds: Int64
    let valueBytes: Int
    /// Whether it comes behind the warm-up.
    let isSteady: Bool

    private static let steadyBit: UInt64 = 1 << 63
    private static let timeMask: UInt64 = 0x7fff_ffff

    init(sentMilliseconds: Int64, valueBytes: Int, isSteady: Bool) {
        self.sentMilliseconds = sentMilliseconds
        self.valueBytes = valueBytes
        self.isSteady = isSteady
    }

    init(rawValue: UInt64) {
        sentMilliseconds = Int64(rawValue >> 32 & Self.timeMask)
        valueBytes = Int(rawValue & 0xffff_ffff)
        isSteady = rawValue & Self.steadyBit != 0
    }

    var rawValue: UInt64 {
        (isSteady ? Self.steadyBit : 0) | (UInt64(sentMilliseconds) & Self.timeMask) << 32 | UInt64(UInt32(valueBytes))
    }
}
