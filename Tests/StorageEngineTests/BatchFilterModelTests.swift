// The batch filter against a naive model, over random batches in every codec; and what it must survive.
import Bytes
import Codecs
import Records
@testable import StorageEngine
import Testing
import Vocabulary

@Suite struct BatchFilterModelTests {
    private let filter = BatchFilter()

    /// What the filter leaves, checked as recovery checks it; nil when it drops the batch.
    private func filtered(_ bytes: [UInt8], _ rule: BatchRule, keep: (RecordKey) -> Bool) throws -> (bytes: [UInt8], isUnchanged: Bool)? {
        try bytes.withUnsafeBytes { raw in
            switch try filter.filter(BatchView(unchecked: raw), rule, keep: keep) {
            case .dropped: return nil
            case .unchanged: return (Array(raw), true)
            case .emptied(let result): return (Array(result), false)
            case .rewritten(let result, let count):
                #expect(BatchView(unchecked: result).recordCount == count)
                return (Array(result), false)
            }
        }
    }

    @Test func `a damaged compressed batch is refused or read within its bounds, never more`() {
        let records = (0..<20).map { KeyedRecord("key \($0 % 3)", String(repeating: "v", count: $0), at: 1000) }
        for codec in everyCodec {
            let whole = compressed(batch(records), codec)
            for seed in 1...500 as ClosedRange<UInt64> {
                var random = SplitMix(seed)
                var bytes = whole
                for _ in 0...random.below(3) {
                    bytes[BatchLayout.headerSize + random.below(bytes.count - BatchLayout.headerSize)] = UInt8(random.below(256))
                }
                bytes = sealed(bytes)
                var seen = 0
                let result = try? filtered(bytes, BatchRule(newDeleteHorizon: 5)) { seen += 1; return $0.offset % 2 == 0 }
                #expect(seen <= records.count)
                if let result { #expect(throws: Never.self, "\(codec), seed \(seed)") { try result.bytes.withUnsafeBytes { _ = try BatchValidation.stored($0) } } }
            }
        }
    }

    @Test func `a batch whose count lies is refused in every codec`() {
        for codec in everyCodec {
            var bytes = compressed(batch([KeyedRecord("a", "1"), KeyedRecord("b", "2")]), codec)
            bytes[BatchLayout.recordCount + 3] = 3
            #expect(throws: RecordWalkError.records(.walkedCount(2, headerSays: 3))) {
                try filtered(sealed(bytes), BatchRule(newDeleteHorizon: 5)) { _ in true }
            }
        }
    }

    @Test func `a batch that decompresses to more than the bound is refused by name, and so is a cut one`() throws {
        let whole = batch([KeyedRecord("a", "1")])
        let limit = StorageLimits.decompressedBatchBytes
        let bomb = compressed(batch(whole, records: [UInt8](repeating: 0, count: limit + 1), .none), .zstd)
        #expect(throws: RecordWalkError.compression(.tooLarge(.zstd, limit: limit))) {
            try filtered(bomb, BatchRule(newDeleteHorizon: 5)) { _ in true }
        }
        for codec in everyCodec where codec != .none {
            let records = compressed(whole, codec)[BatchLayout.headerSize...].dropLast()
            #expect(throws: RecordWalkError.compression(.truncated(codec))) {
                try filtered(batch(whole, records: Array(records), codec), BatchRule(newDeleteHorizon: 5)) { _ in true }
            }
        }
        var unknown = whole
        unknown[BatchLayout.attributes + 1] = 5
        #expect(throws: RecordWalkError.codec(5)) { try filtered(sealed(unknown), BatchRule(newDeleteHorizon: 5)) { _ in true } }
    }

    @Test func `two cleanings of any batch leave what a naive model leaves, byte-identical where nothing goes`() throws {
        var outcomes: [String: Int] = [:]
        for seed in 1...1500 as ClosedRange<UInt64> {
            var random = SplitMix(seed)
            var model = ModelBatch(random: &random)
            var bytes = model.encoded(baseTimestamp: Int64(random.below(3000)), random.below(2) == 0 ? .xerial : .block)
            let start = try bytes.withUnsafeBytes { try ModelBatch($0) }
            try #require(start == model, "seed \(seed): the test's own encoding")
            for round in 1...2 {
                let rule = BatchRule(
                    keepsEmpty: random.below(2) == 0, newDeleteHorizon: Int64(100_000 * round + random.below(1000)),
                    stampsMarkers: model.isControl && random.below(2) == 0)
                let odds = random.below(5)
                let keeps = Set(model.records.map(\.offset).filter { _ in random.below(4) < odds })
                var asked: [RecordKey] = []
                let result = try filtered(bytes, rule) { key in
                    let record = model.records[asked.count]
                    let isSame = key.offset == record.offset && key.timestamp == record.timestamp
                        && key.isTombstone == (record.value == nil) && key.key.map { Array($0) } == record.key
                    #expect(isSame, "seed \(seed): asked about \(key) for \(record)")
                    asked.append(key)
                    return keeps.contains(key.offset)
                }
                #expect(asked.count == model.records.count, "seed \(seed)")
                guard let expected = model.filtered(rule, keep: { keeps.contains($0.offset) }) else {
                    #expect(result == nil, "seed \(seed), round \(round)")
                    outcomes["dropped", default: 0] += 1
                    break
                }
                let left = try #require(result, "seed \(seed), round \(round): dropped")
                #expect(try left.bytes.withUnsafeBytes { try ModelBatch($0) } == expected, "seed \(seed), round \(round)")
                #expect(left.isUnchanged == (expected == model), "seed \(seed), round \(round)")
                outcomes[left.isUnchanged ? "unchanged" : expected.records.isEmpty ? "emptied" : "rewritten", default: 0] += 1
                (model, bytes) = (expected, left.bytes)
            }
        }
        // Every way out was taken often.
        #expect(outcomes.count == 4 && outcomes.values.allSatisfy { $0 > 100 }, "\(outcomes)")
    }

    @Test(arguments: everyCodec)
    func `a compacted topic refuses a keyless record in any codec, and takes keyed ones`(codec: CompressionCodec) throws {
        let rig = try Rig(["cleanup.policy": "compact"])
        #expect(throws: StorageError.record(.keyless(1))) {
            try rig.append(compressed(batch([KeyedRecord("a", "1"), KeyedRecord(nil, "2")]), codec))
        }
        try rig.append(compressed(batch([KeyedRecord("a", "1"), KeyedRecord("b", nil)]), codec))
        #expect(rig.log.logEndOffset == 2)
    }

    @Test(arguments: everyCodec)
    func `a lookup by time finds the record in a compressed batch`(codec: CompressionCodec) throws {
        let rig = try Rig()
        let times = [1000, 1010, 1005, 1020] as [Int64]
        try rig.append(compressed(batch(times.map { KeyedRecord("k", "v", at: $0) }), codec))
        #expect(try rig.log.offset(forTimestamp: 1004)?.offset == 1)
        #expect(try rig.log.offset(forTimestamp: 1011) == TimestampedOffset(offset: 3, timestamp: 1020))
        #expect(try rig.log.offset(forTimestamp: 1021) == nil)
    }
}

@Suite struct RecordWalkTests {
    /// The records of a block as the walk sees them, up to the first that it refuses.
    private func walked(_ block: [UInt8]) -> (records: [[UInt8]?], isWhole: Bool) {
        block.withUnsafeBytes { raw in
            var walk = RecordWalk(raw)
            var keys: [[UInt8]?] = []
            do {
                while let record = try walk.next() { keys.append(record.key.map { Array(raw[$0]) }) }
                return (keys, true)
            } catch { return (keys, false) }
        }
    }

    /// The same by the strict reader, which looks into headers too.
    private func read(_ block: [UInt8]) -> [[UInt8]?] {
        block.withUnsafeBytes { raw in
            var iterator = RecordIterator(raw)
            var keys: [[UInt8]?] = []
            while let record = try? iterator.next() { keys.append(record.key.map { Array($0) }) }
            return keys
        }
    }

    @Test func `of a damaged block the walk sees what the strict reader sees, and goes on only past bad headers`() {
        for seed in 1...3000 as ClosedRange<UInt64> {
            var random = SplitMix(seed)
            var model = ModelBatch(random: &random)
            (model.codec, model.deleteHorizon) = (.none, nil)
            var block = Array(model.encoded(baseTimestamp: 0, .block)[BatchLayout.headerSize...])
            for _ in 0...random.below(3) { block[random.below(block.count)] ^= UInt8(1 << random.below(8)) }
            let (walk, strict) = (walked(block).records, read(block))
            #expect(walk.count >= strict.count && Array(walk[..<strict.count]) == strict, "seed \(seed)")
        }
    }

    @Test(arguments: [
        // length, attributes, timestamp delta, offset delta, key, value, header count
        ([14, 0, 0, 0, 1, 1, 0], false),  // a length of 7 over 6 bytes
        ([1, 0, 0, 0, 1, 1, 0], false),  // a negative length
        ([12, 0, 0, 0, 1, 1, 0], true),
        ([22, 0, 0, 0x80, 0x80, 0x80, 0x80, 0x0f, 1, 1, 0, 0], true),  // an offset delta of five bytes
        ([24, 0, 0, 0x80, 0x80, 0x80, 0x80, 0x80, 0, 1, 1, 0, 0], false),  // of six
        ([22, 0, 0, 0x80, 0x80, 0x80, 0x80, 0x10, 1, 1, 0, 0], false),  // of five, beyond 32 bits
        ([30, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0, 1, 1, 0], true),  // the widest timestamp delta
        ([30, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 1, 1, 0], false),  // beyond 64 bits
        ([12, 0, 0, 0, 4, 1, 0], false),  // a key of two bytes where none is left behind it
        ([10, 0, 0, 0, 1, 1], false),  // no header count
    ] as [([UInt8], Bool)])
    func `lengths and varints are held to their fields`(block: [UInt8], isWhole: Bool) {
        #expect(walked(block).isWhole == isWhole)
    }
}
