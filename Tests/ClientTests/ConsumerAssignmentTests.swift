// What a group's leader gave to a member, as its coordinator shows it.
import Testing
import Vocabulary

@testable import Client

@Suite struct ConsumerAssignmentTests {
    private let bytes: [UInt8] = [0, 1, 0, 0, 0, 2, 0, 1, 0x61, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 1, 0x62, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]

    @Test func `an assignment cut anywhere is none, and lying counts end with the bytes`() {
        let wholeCounts = bytes.count - 4
        for count in 1..<wholeCounts { #expect(ConsumerAssignment.partitions(Array(bytes[..<count])) == nil, "\(count)") }
        #expect(ConsumerAssignment.partitions([0, 1, 0x7f, 0xff, 0xff, 0xff, 0, 1, 0x61]) == nil)
        #expect(ConsumerAssignment.partitions([0, 1, 0, 0, 0, 1, 0x80, 0, 0x7f, 0xff, 0xff, 0xff]) == nil)
    }

    @Test func `partitions are told by topic, and a member without any has none`() {
        let expected = [TopicPartition(topic: "a", partition: 3), TopicPartition(topic: "a", partition: 4)]
        #expect(ConsumerAssignment.partitions(bytes) == expected)
        #expect(ConsumerAssignment.partitions([]) == [])
    }
}
