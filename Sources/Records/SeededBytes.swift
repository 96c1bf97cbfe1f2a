// Bytes that nothing compresses and a seed repeats.

enum SeededBytes {
    /// Fills whole words of `bytes`; up to seven at the end stay as they are.
    ///
    /// - Parameter bytes: aligned to eight.
    static func fill(_ bytes: UnsafeMutableRawBufferPointer, seed: UInt64) {
        var state = seed
        let words = bytes.bindMemory(to: UInt64.self)
        for n in words.indices {
            // SplitMix64: every seed gives a full-period, well-mixed stream.
            state &+= 0x9e37_79b9_7f4a_7c15
            var z = state
            z = (z ^ (z &>> 30)) &* 0xbf58_476d_1ce4_e5b9
            z = (z ^ (z &>> 27)) &* 0x94d0_49bb_1331_11eb
            words[n] = z ^ (z &>> 31)
        }
    }
}
