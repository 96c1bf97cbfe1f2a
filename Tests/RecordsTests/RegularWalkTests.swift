import Testing
@testable import Records

/// The quick walk may leave a sound batch to the full walk, but it must never pass a bad one.
@Suite struct RegularWalkTests {
    private func batch(records: Int, valueSize: Int) -> [UInt8] {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 8)
        defer { memory.deallocate() }
        var builder = BatchBuilder(into: memory)
        builder.begin(timestampMilliseconds: 1_700_000_000_000)
        for n in 0..<records {
            let value = [UInt8](repeating: 7, count: valueSize + n % 3)
            let written = value.withUnsafeBytes {
                builder.append(key: n % 2 == 0 ? nil : $0, value: n % 5 == 0 ? nil : $0, timestampMilliseconds: 1_700_000_000_000 + Int64(n % 4))
            }
            #expect(written)
        }
        return Array(builder.finish())
    }

    /// What the full walk says of the same bytes.
    private func fullWalkPasses(_ view: BatchView) -> Bool {
        var records = RecordIterator(view.records)
        var walked: Int32 = 0
        var largest = Int64.min
        do {
            while let record = try records.next() {
                guard record.offsetDelta == walked else { return false }
                largest = max(largest, view.baseTimestamp &+ record.timestampDelta)
                walked += 1
            }
        } catch { return false }
        return walked == view.recordCount && largest == view.maxTimestamp
    }

    @Test func `every single damaged byte of the records is judged as by the full walk`() {
        let whole = batch(records: 12, valueSize: 3)
        for position in BatchLayout.headerSize..<whole.count {
            for flip in [0x01, 0x02, 0x40, 0x80, 0xff] as [UInt8] {
                var damaged = whole
                damaged[position] ^= flip
                damaged.withUnsafeBytes { bytes in
                    let view = BatchView(unchecked: bytes)
                    if RegularWalk.passes(view) { #expect(fullWalkPasses(view), "byte \(position) xor \(flip)") }
                }
            }
        }
    }

    @Test(arguments: [1, 63, 64, 70, 300])
    func `sound batches pass at once, at every width of the offset delta`(records: Int) {
        let whole = batch(records: records, valueSize: 100)
        whole.withUnsafeBytes { #expect(RegularWalk.passes(BatchView(unchecked: $0))) }
    }

    @Test func `records cut off in the middle do not pass`() {
        let whole = batch(records: 5, valueSize: 20)
        for count in (BatchLayout.headerSize + 1)..<whole.count {
            Array(whole[..<count]).withUnsafeBytes { #expect(!RegularWalk.passes(BatchView(unchecked: $0)), "\(count) bytes") }
        }
    }
}
