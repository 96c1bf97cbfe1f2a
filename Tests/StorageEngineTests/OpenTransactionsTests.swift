import Records
@testable import StorageEngine
import Testing
import Vocabulary

/// Which abort markers must have an entry in a transaction index.
@Suite struct OpenTransactionsTests {
    private enum Step {
        case data(ProducerID, Offset, transactional: Bool = true, emptied: Bool = false)
        case marker(EndTransactionMarker, Offset, emptied: Bool = false)
    }

    private func bytes(_ step: Step) -> [UInt8] {
        switch step {
        case .data(let producer, let offset, let transactional, let emptied):
            var bytes = batch(1, producer: producer, epoch: 0, sequence: 0, isTransactional: transactional)
            bytes.withUnsafeMutableBytes { MutableBatch($0).assign(baseOffset: offset, leaderEpoch: 0) }
            if emptied { bytes[BatchLayout.recordCount + 3] = 0 }
            return bytes
        case .marker(let marker, let offset, let emptied):
            var bytes = [UInt8](repeating: 0, count: ControlBatch.size)
            bytes.withUnsafeMutableBytes {
                ControlBatch.write(marker, timestampMilliseconds: 1000, into: $0)
                MutableBatch($0).assign(baseOffset: offset, leaderEpoch: 0)
            }
            if emptied { bytes[BatchLayout.recordCount + 3] = 0 }
            return bytes
        }
    }

    private func walk(_ open: inout OpenTransactions, _ steps: [Step]) -> [OpenTransactions.Expectation?] {
        steps.map { step in bytes(step).withUnsafeBytes { open.passed(BatchView(unchecked: $0)) } }
    }

    @Test func `an abort has an entry from its producer's first record on, whoever comes in between`() {
        var open = OpenTransactions(isComplete: true)
        let found = walk(&open, [
            .data(7, 0), .data(8, 1), .data(7, 2), .marker(.commit(8), 3), .marker(.abort(7), 4), .data(7, 5), .marker(.abort(7), 6),
        ])
        #expect(found == [nil, nil, nil, nil, .entry(first: 0, isExact: true), nil, .entry(first: 5, isExact: true)])
    }

    @Test func `an abort without records has none, and none can be asked for when the walk is not whole`() {
        let steps: [Step] = [
            .data(7, 0, transactional: false), .marker(.abort(7), 1), .data(7, 2, emptied: true), .marker(.abort(7), 3),
            .data(7, 4), .marker(.abort(7), 5, emptied: true), .marker(.abort(7), 6),
        ]
        var whole = OpenTransactions(isComplete: true)
        #expect(walk(&whole, steps) == [nil, OpenTransactions.Expectation.none, nil, OpenTransactions.Expectation.none, nil, nil, OpenTransactions.Expectation.none])
        var partial = OpenTransactions(isComplete: false)
        #expect(walk(&partial, steps) == [nil, .unknown, nil, .unknown, nil, nil, .unknown])
    }

    @Test func `behind a hole only what begins there is known, and its begin may lie within`() {
        var open = OpenTransactions(isComplete: true)
        _ = walk(&open, [.data(7, 0), .data(8, 1)])
        open.lost()
        let found = walk(&open, [.data(8, 5), .marker(.abort(7), 6), .marker(.abort(8), 7)])
        #expect(found == [nil, .unknown, .entry(first: 5, isExact: false)])
    }
}
