// What people may write behind --format and --from.
import Foundation
import Testing

@testable import tidemark

@Suite struct RecordFormatTests {
    @Test(arguments: ["%q", "%", "abc%", "\\", "\\q", "\\x", "\\x4", "\\xg1"])
    func `a format that says nothing is refused`(text: String) {
        #expect(throws: (any Error).self) { _ = try RecordFormat(text) }
    }

    @Test func `fields, escapes and text stand where they are written`() throws {
        let format = try RecordFormat("a%%%k\\t%s\\x41\\0é\\\\\\n")
        #expect(
            format
                == .pieces([
                    .text(Array("a%".utf8)), .field(.key), .text([9]), .field(.value),
                    .text([0x41, 0] + Array("é".utf8) + [UInt8(ascii: "\\"), 10]),
                ]))
    }

    @Test func `json is a format of its own, and an empty one prints nothing`() throws {
        #expect(try RecordFormat("json") == .json)
        #expect(try RecordFormat("") == .pieces([]))
    }
}

@Suite struct ReadPositionTests {
    private let now = Date(timeIntervalSince1970: 1_700_000_000)

    @Test(arguments: ["", "x", "1.5", "-", "--1", "@", "@-1", "@x", "m", "-5m", "10y", "2026-13-01", "99999999999999999999", "-9223372036854775808"])
    func `what is no position is refused`(text: String) {
        #expect(ReadPosition(text, now: now) == nil)
    }

    @Test func `ends, offsets, distances and times are read`() {
        let expected: [(String, ReadPosition)] = [
            ("beginning", .beginning), ("earliest", .beginning), ("end", .end), ("latest", .end), ("0", .offset(0)), ("42", .offset(42)),
            ("-1", .last(1)), ("@1700000000123", .time(1_700_000_000_123)), ("30s", .time(1_699_999_970_000)),
            ("1.5m", .time(1_699_999_910_000)), ("2h", .time(1_699_992_800_000)), ("1d", .time(1_699_913_600_000)),
            ("2023-11-14", .time(1_699_920_000_000)), ("2023-11-14T22:13:20Z", .time(1_700_000_000_000)),
            ("2023-11-14T22:13:20.250Z", .time(1_700_000_000_250)), ("2023-11-14T23:13:20+01:00", .time(1_700_000_000_000)),
        ]
        for (text, position) in expected { #expect(ReadPosition(text, now: now) == position, "\(text)") }
    }
}

@Suite struct PeopleTableTests {
    @Test func `columns are as wide as what is in them, and numbers stand to the right`() {
        var table = PeopleTable("TOPIC", "LAG")
        table.add("orders", "7")
        table.add("a", "-")
        table.add("b", "1234")
        #expect(table.text == "TOPIC    LAG\norders     7\na          -\nb       1234\n")
        #expect(PeopleTable("A", "B").text == "A  B\n")
    }
}
