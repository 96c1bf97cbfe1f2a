// How far the slices of one side go: a reference that is to be held against a cold log has as much to read as there is.
import Client
import Testing

@testable import Harness

@Suite struct ZeroCopySideTests {
    private func side(answers: Int, consumers: Int = 1, isCold: Bool) throws -> ZeroCopySide {
        let fetch = PlannedFetch(partition: 0, offset: 0, maxBytes: 1 << 20)
        var pass = FetchPass(broker: try #require(HostPort("127.0.0.1:9092")), topic: "log", plan: Array(repeating: fetch, count: answers))
        pass.consumers = consumers
        return ZeroCopySide(name: "C copy 1 MiB", pass: pass, pids: [], broker: nil, isCold: isCold)
    }

    /// Answers after which the side's slice is over before its time is.
    private func answers(_ side: ZeroCopySide) -> UInt64? { (UInt64(0)...2_000).first { side.pass.isOver(side.end(at: 100), $0, 99) } }

    @Test func `a cold slice ends with its time, or when its file has been sent once`() throws {
        let cold = try side(answers: 256, isCold: true)
        #expect(answers(cold) == 256)
        #expect(cold.pass.isOver(cold.end(at: 100), 1, 100))
    }

    @Test func `a plan of one fetch ends a cold slice with its first answer, so a reference has as many as its file`() throws {
        #expect(try answers(side(answers: 1, isCold: true)) == 1)
        let planned = FetchReference.Kind.copy.distinctAnswers(fileBytes: 256 << 20, answerBytes: 1 << 20)
        #expect(planned == 256)
        #expect(try answers(side(answers: planned, isCold: true)) == 256)
        #expect(FetchReference.Kind.copy.distinctAnswers(fileBytes: 1_000, answerBytes: 1 << 20) == 1)
    }

    @Test func `what is in memory is served for the whole of a slice, however short the plan`() throws {
        #expect(FetchReference.Kind.constant.distinctAnswers(fileBytes: 256 << 20, answerBytes: 1 << 20) == 1)
        let floor = try side(answers: 1, isCold: false)
        #expect(answers(floor) == nil && floor.pass.isOver(floor.end(at: 100), 0, 100))
    }

    @Test(arguments: [1, 3, 16, 300]) func `several consumers share a cold file among them, to the last answer`(consumers: Int) throws {
        let cold = try side(answers: 256, consumers: consumers, isCold: true)
        #expect((0..<consumers).reduce(0) { $0 + cold.pass.share(of: $1, cold.end(at: 100)) } == 256)
    }

    @Test func `a disk's data are cold, and guest-cold where a host may still hold them`() {
        #expect(ZeroCopyHeadlinePlan.Data.disk.title(isVirtual: false) == "disk, cold" && ZeroCopyHeadlinePlan.Data.disk.title(isVirtual: true) == "disk, guest-cold")
        #expect(ZeroCopyHeadlinePlan.Data.pageCache.title(isVirtual: true) == "page cache")
    }
}
