// Every shipped profile stands in the record of a smoke run, and ended as it should.
import Foundation
import Testing

@Suite struct SmokeRecordTests {
    /// A record of these points, each `profile outcome reason`.
    private func violations(_ points: String..., profiles: [String] = ["a", "b"]) -> [String] {
        let listed = points.map { point in
            let words = point.split(separator: " ", maxSplits: 2).map(String.init)
            return #"{"profile": "\#(words[0])", "settings": ["x=1"], "outcome": "\#(words[1])", "reason": "\#(words.count > 2 ? words[2] : "")", "seconds": 1.5, "attempts": 1}"#
        }
        let text = #"{"date": "2026-11-30", "version": "0.1.0", "commit": "1a2b3c4d5e6f", "scale": 0.1, "points": [\#(listed.joined(separator: ", "))]}"#
        return SmokeRecordCheck.violations(RepositoryFile(path: "r.json", text: text), profiles: profiles)
    }

    @Test func `a record with every profile VALID, SATURATED or refused for what the machine lacks is good`() {
        #expect(violations("a VALID", "b SATURATED the disk is the limit") == [])
        #expect(violations("a VALID", "b REFUSED tidemark: ‘perturb.freeze’ freezes the file system of the data directory, which needs root") == [])
    }

    @Test func `a missing profile, one that is no more, bad endings and a refusal without an excuse are caught`() {
        #expect(violations("a VALID") == ["r.json does not have b"])
        #expect(violations("a VALID", "b VALID", "c VALID") == ["r.json has c, which is no profile"])
        #expect(violations("a INVALID steal 9 %", "b FAILED exit 1") == ["r.json: a x=1 ended INVALID: steal 9 %", "r.json: b x=1 ended FAILED: exit 1"])
        #expect(violations("a VALID", "a INVALID late", "b VALID") == ["r.json: a x=1 ended INVALID: late"])
        #expect(violations("a REFUSED", "b REFUSED the moon is full") == ["r.json: a x=1 ended REFUSED: no reason", "r.json: b x=1 ended REFUSED: the moon is full"])
        let broken = SmokeRecordCheck.violations(RepositoryFile(path: "r.json", text: "{}"), profiles: ["a"])
        #expect(broken.count == 1 && broken[0].hasPrefix("r.json is not what Scripts/profiles-smoke --out writes"))
    }

    @Test func `the program lets the same refusals pass`() throws {
        let program = try Repository.read("Tests/Interop/smoke_record.py")
        let line = try #require(program.split(separator: "\n").first { $0.hasPrefix("EXCUSES = ") })
        #expect(String(line) == "EXCUSES = [" + SmokeRecordCheck.excuses.map { "\"\($0)\"" }.joined(separator: ", ") + "]")
    }

    @Test func `records that are kept have every shipped profile, ended well, and no path of one machine`() throws {
        let profiles = try Repository.entries(of: "Profiles").filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(".yaml".count)) }
        let records = Repository.files(under: "Results/smoke", suffixes: [".json"])
        #expect(!records.isEmpty)
        #expect(records.flatMap { SmokeRecordCheck.violations($0, profiles: profiles) } == [])
        #expect(records.flatMap(TidyCheck.machinePaths) == [])
    }
}
