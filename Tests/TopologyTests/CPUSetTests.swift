import Testing
@testable import Topology

@Suite struct CPUSetTests {
    @Test(arguments: ["3-1", "a", "1,", "-1", "1-2-3", "1024", "0-99999"])
    func `a text that is no CPU list is refused`(text: String) {
        // A trailing comma is what the kernel never writes, but it names no CPU: it reads as the list before it.
        #expect(CPUSet(list: text) == (text == "1," ? CPUSet([1]) : nil))
    }

    @Test(arguments: ["", "0", "0-3", "0-3,8", "1,3,5-6"])
    func `a list reads and writes as the same text`(text: String) {
        #expect(CPUSet(list: text)?.description == text)
    }

    @Test func `the calling thread may run somewhere`() throws {
        #expect(try !CPUSet.allowed().isEmpty)
    }

    @Test(arguments: ["bind", "bind:", "local:1", "unpinned:0", "bind:x", "near:0", ""])
    func `a text that is no memory policy is refused`(text: String) { #expect(MemoryPolicy(text) == nil) }

    @Test(arguments: ["unpinned", "local", "bind:0", "interleave:0-1"])
    func `a memory policy reads and writes as the same text`(text: String) {
        #expect(MemoryPolicy(text)?.description == text)
    }
}
