// A transaction whose records a reader of committed records passes over.
package import Vocabulary

package struct AbortedTransaction: Equatable, Sendable {
    package let producerID: ProducerID
    /// Of its first record in the partition.
    package let firstOffset: Offset
    /// Of its marker.
    package let lastOffset: Offset
    /// Behind its marker: no transaction that is listed after this one begins below it.
    package let lastStableOffset: Offset

    package init(producerID: ProducerID, firstOffset: Offset, lastOffset: Offset, lastStableOffset: Offset) {
        self.producerID = producerID
        self.firstOffset = firstOffset
        self.lastOffset = lastOffset
        self.lastStableOffset = lastStableOffset
    }
}

/// A producer's open transaction in a partition.
package struct OngoingTransaction: Equatable, Sendable {
    package let firstOffset: Offset
    package let producerEpoch: ProducerEpoch
}
