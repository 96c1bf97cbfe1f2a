@testable import Coordination
import Testing

@Suite struct CoordinatorPartitionTests {
    @Test func `the hash is Java's`() {
        #expect(CoordinatorPartition.javaHash("") == 0)
        #expect(CoordinatorPartition.javaHash("a") == 97)
        #expect(CoordinatorPartition.javaHash("hello") == 99_162_322)
        // The values that the documentation of String.hashCode is quoted with, and one with the sign bit.
        #expect(CoordinatorPartition.javaHash("Aa") == CoordinatorPartition.javaHash("BB"))
        #expect(CoordinatorPartition.javaHash("polygenelubricants") == .min)
        // Surrogate pairs count as two.
        #expect(CoordinatorPartition.javaHash("😀") == 0xd83d * 31 + 0xde00)
    }

    @Test func `a hash without an absolute value counts as 0, and negative ones are mirrored`() {
        #expect(CoordinatorPartition.of("polygenelubricants") == 0)
        // Computed by another language's integers. Masking the sign bit instead would give 8 and 36 for the two negative ones.
        let known: [(String, Int32)] = [
            ("hello", 22), ("console-consumer", 40), ("my-group", 12), ("payments", 13), ("tx-1", 20), ("group-1", 49),
        ]
        for (name, partition) in known { #expect(CoordinatorPartition.of(name) == partition, "\(name)") }
    }

    @Test func `every name has a partition in range`() {
        for n in 0..<2_000 {
            #expect((0..<7).contains(CoordinatorPartition.of("group-\(n)", count: 7)))
        }
    }
}
