@testable import StorageEngine
import Testing

@Suite struct ZeroTailTests {
    @Test func `the zeros at the end are cut at any length and alignment, and the last byte counts`() {
        for count in 0..<40 {
            for last in 0..<count {
                var bytes = [UInt8](repeating: 0, count: count)
                bytes[last] = 1
                #expect(bytes.withUnsafeBytes(ZeroTail.cut) == last + 1)
            }
            #expect([UInt8](repeating: 0, count: count).withUnsafeBytes(ZeroTail.cut) == nil)
        }
    }
}
