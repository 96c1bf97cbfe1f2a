// Frames that lie: cut short, too long in a count, random. Each is an error value; none is a trap or a big allocation.
import Bytes
import Testing
@testable import Wire

@Suite struct MalformedTests {
    @Test(arguments: Codec.all.indices)
    func `a frame cut at any byte is refused`(index: Int) {
        let codec = Codec.all[index]
        for frame in GoldenFrame.all(codec.key, codec.direction) {
            // Not `#expect(throws:)` for each: 65,000 of them take longer than all other tests.
            let accepted = (0..<frame.bytes.count).filter {
                (try? codec.decode(Array(frame.bytes[..<$0]), frame.version)) != nil
            }
            #expect(accepted == [], "\(frame.testDescription)")
        }
    }

    @Test func `random bytes never trap a decoder`() {
        var generator = SeededGenerator(seed: 0x7464_6d6b)
        var accepted = 0
        for round in 0..<200_000 {
            let codec = Codec.all[round % Codec.all.count]
            let versions = APIVersions.of(codec.key)
            let version = Int16.random(in: versions.minimum...versions.maximum, using: &generator)
            let bytes = (0..<Int.random(in: 0..<32, using: &generator)).map { _ in
                // Small values make plausible counts and lengths, which lead deeper than noise does.
                generator.next() & 1 == 0 ? UInt8.random(in: 0...4, using: &generator) : UInt8.random(in: 0...255, using: &generator)
            }
            accepted += (try? codec.decode(bytes, version)) == nil ? 0 : 1
        }
        #expect(accepted > 0, "the noise is so wild that nothing deep was reached")
    }

    @Test func `damaged frames never trap a decoder, and what it accepts can be written again`() {
        var generator = SeededGenerator(seed: 0x6c6f_6721)
        let frames = GoldenFrame.all
        for round in 0..<40_000 {
            let frame = frames[round % frames.count]
            var bytes = frame.bytes
            for _ in 0...Int.random(in: 0..<3, using: &generator) {
                let position = Int.random(in: 0..<bytes.count, using: &generator)
                bytes[position] = [0, 1, 0x7f, 0x80, 0xff, UInt8.random(in: 0...255, using: &generator)]
                    .randomElement(using: &generator)!
            }
            // Decoding encodes too; a view walks what the hot path would.
            _ = try? Codec.of(frame).decode(bytes, frame.version)
            try? walkInPlace(bytes, of: frame.key, frame.version, frame.direction)
        }
    }

    @Test func `a version outside the table is refused`() {
        for codec in Codec.all {
            let versions = APIVersions.of(codec.key)
            for version in [versions.minimum - 1, versions.maximum + 1, .min, .max] {
                #expect(throws: WireError.self) { _ = try codec.decode([UInt8](repeating: 0, count: 64), version) }
            }
        }
    }

    @Test(arguments: [false, true])
    func `a count that the frame cannot hold is refused before anything is reserved`(isFlexible: Bool) {
        let huge = written { $0.arrayCount(Int(Int32.max) - 1, isFlexible: isFlexible) } + [1, 2, 3]
        reading(huge) { reader in
            var fields = FieldReader(reader, version: 9, isFlexible: isFlexible)
            let expected = WireError.countExceedsFrame(count: Int(Int32.max) - 1, remaining: 3, position: 0)
            #expect(throws: expected) { try fields.arrayCount(minimumSize: 1) }
        }
        let three = written { $0.arrayCount(3, isFlexible: isFlexible) } + [1, 2, 3]
        reading(three) { reader in
            var fields = FieldReader(reader, version: 9, isFlexible: isFlexible)
            #expect(throws: Never.self) { try fields.arrayCount(minimumSize: 1) }
            fields = FieldReader(reader, version: 9, isFlexible: isFlexible)
            #expect(throws: WireError.self) { try fields.arrayCount(minimumSize: 2) }
        }
    }

    @Test func `a negative length other than null is refused`() {
        reading([0xff, 0xff, 0xff, 0xfe]) { reader in
            var fields = FieldReader(reader, version: 0, isFlexible: false)
            #expect(throws: WireError.invalidLength(-2, position: 0)) { try fields.arrayCount(minimumSize: 1) }
        }
        reading([0xff, 0xfe]) { reader in
            var fields = FieldReader(reader, version: 0, isFlexible: false)
            #expect(throws: WireError.invalidLength(-2, position: 0)) { try fields.string() }
        }
    }

    @Test func `a compact string longer than the protocol allows is refused`() {
        let bytes = written { $0.unsignedVarint(32769) } + [UInt8](repeating: 0x61, count: 32768)
        reading(bytes) { reader in
            var fields = FieldReader(reader, version: 9, isFlexible: true)
            #expect(throws: WireError.invalidLength(32768, position: 0)) { try fields.string() }
        }
    }

    @Test func `a string that is not UTF-8 is refused where it stands`() {
        reading([0, 0, 2, 0xc3, 0x28]) { reader in
            var fields = FieldReader(reader, version: 0, isFlexible: false)
            #expect(throws: Never.self) { try fields.int8() }
            #expect(throws: WireError.invalidUTF8(position: 3)) { try fields.string() }
        }
    }

    @Test func `a null where none is allowed is refused`() {
        reading([0xff, 0xff, 0xff, 0xff, 0xff, 0xff]) { reader in
            var fields = FieldReader(reader, version: 0, isFlexible: false)
            #expect(throws: WireError.unexpectedNull(position: 0)) { try fields.string() }
            #expect(throws: WireError.unexpectedNull(position: 2)) { try fields.arrayCount(minimumSize: 1) }
        }
    }
}

/// SplitMix64: the same bytes from the same seed, anywhere.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}
