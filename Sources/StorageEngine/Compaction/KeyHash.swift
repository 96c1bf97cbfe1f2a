// SipHash with a 128-bit result: two keys that share it would cost a record, so a client must not be able to make them.

/// 128 bits that stand for a key.
struct KeyHash: Equatable {
    var first: UInt64
    var second: UInt64
}

/// SipHash-1-3-128 under a secret of two words: the rounds that hash tables use. Source: Aumasson and Bernstein,
/// "SipHash: a fast short-input PRF", and the authors' reference code for the 128-bit form.
struct KeyHasher {
    private let secret: (UInt64, UInt64)

    init(_ secret: (UInt64, UInt64)) { self.secret = secret }

    /// Under a fresh secret.
    init() {
        var generator = SystemRandomNumberGenerator()
        self.init((generator.next(), generator.next()))
    }

    func hash(_ key: UnsafeRawBufferPointer) -> KeyHash { hash(key, rounds: 1, finalRounds: 3) }

    /// With so many rounds a word and at the end: constants where it is called, so that the loops unroll.
    @inline(__always) func hash(_ key: UnsafeRawBufferPointer, rounds: Int, finalRounds: Int) -> KeyHash {
        var state = State(secret)
        let count = key.count
        var last = UInt64(truncatingIfNeeded: count) &<< 56
        if let base = key.baseAddress {
            let whole = count & ~7
            var at = 0
            while at < whole {
                state.absorb(UInt64(littleEndian: base.loadUnaligned(fromByteOffset: at, as: UInt64.self)), rounds)
                at &+= 8
            }
            while at < count {
                last |= UInt64(base.load(fromByteOffset: at, as: UInt8.self)) &<< UInt64((at &- whole) &* 8)
                at &+= 1
            }
        }
        state.absorb(last, rounds)
        state.v2 ^= 0xee
        state.mix(finalRounds)
        let first = state.folded
        state.v1 ^= 0xdd
        state.mix(finalRounds)
        return KeyHash(first: first, second: state.folded)
    }

    private struct State {
        var v0: UInt64, v1: UInt64, v2: UInt64, v3: UInt64

        init(_ secret: (UInt64, UInt64)) {
            v0 = secret.0 ^ 0x736f_6d65_7073_6575
            v1 = secret.1 ^ 0x646f_7261_6e64_6f6d ^ 0xee
            v2 = secret.0 ^ 0x6c79_6765_6e65_7261
            v3 = secret.1 ^ 0x7465_6462_7974_6573
        }

        var folded: UInt64 { v0 ^ v1 ^ v2 ^ v3 }

        @inline(__always) mutating func absorb(_ word: UInt64, _ rounds: Int) {
            v3 ^= word
            mix(rounds)
            v0 ^= word
        }

        @inline(__always) mutating func mix(_ rounds: Int) {
            for _ in 0..<rounds {
                v0 = v0 &+ v1
                v2 = v2 &+ v3
                v1 = rotated(v1, 13) ^ v0
                v3 = rotated(v3, 16) ^ v2
                v0 = rotated(v0, 32)
                v2 = v2 &+ v1
                v0 = v0 &+ v3
                v1 = rotated(v1, 17) ^ v2
                v3 = rotated(v3, 21) ^ v0
                v2 = rotated(v2, 32)
            }
        }

        @inline(__always) private func rotated(_ value: UInt64, _ bits: UInt64) -> UInt64 {
            value &<< bits | value &>> (64 &- bits)
        }
    }
}
