import Foundation
import Logging
import Synchronization
import Testing

@testable import Telemetry

@Suite struct LogLineTests {
    private final class Lines: Sendable {
        private let all = Mutex<[String]>([])
        func add(_ line: String) { all.withLock { $0.append(line) } }
        var taken: [String] { all.withLock { $0 } }
    }

    private func logger(_ format: LogFormat, _ level: Logger.Level = .info) -> (Logger, LogOutput, Lines) {
        let lines = Lines()
        let output = LogOutput(format: format, level: level) { lines.add($0) }
        return (Logger(label: "t") { LineLogHandler(label: $0, output: output) }, output, lines)
    }

    @Test func `a peer's control characters make no line of their own`() {
        let (logger, _, lines) = logger(.text)
        logger.warning("bad\nERROR forged\u{1b}[31m", metadata: ["peer": "a\r\nb"])
        #expect(lines.taken.count == 1)
        #expect(lines.taken[0].hasSuffix(" warning t: bad\\u{a}ERROR forged\\u{1b}[31m [peer=a\\u{d}\\u{a}b]\n"))
    }

    @Test func `a JSON line is one object with typed fields, whatever is in it`() throws {
        let (logger, _, lines) = logger(.json)
        logger.notice("said \"no\"\n\u{0}", metadata: ["peer": "[::1]:9", "suppressed": .stringConvertible(3), "keys": ["a", "b"], "where": ["file": "x\\y"]])
        #expect(lines.taken.count == 1 && lines.taken[0].filter { $0 == "\n" }.count == 1)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(lines.taken[0].utf8)) as? [String: Any])
        #expect(object["level"] as? String == "notice")
        #expect(object["logger"] as? String == "t")
        #expect(object["message"] as? String == "said \"no\"\n\u{0}")
        let fields = try #require(object["fields"] as? [String: Any])
        #expect(fields["suppressed"] as? Int == 3)
        #expect(fields["keys"] as? [String] == ["a", "b"])
        #expect((fields["where"] as? [String: String]) == ["file": "x\\y"])
        #expect((object["time"] as? String)?.count == 24)
    }

    @Test func `the level of all loggers changes while they live`() {
        let (logger, output, lines) = logger(.text, .warning)
        logger.info("one")
        output.level = .debug
        logger.debug("two")
        output.level = .error
        logger.warning("three")
        #expect(lines.taken.count == 1 && lines.taken[0].hasSuffix("debug t: two\n"))
    }

    @Test func `every day of four centuries reads as Foundation writes it`() {
        let formatter = ISO8601DateFormatter()
        formatter.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
        var milliseconds: Int64 = -86_400_000 * 3_660
        while milliseconds < 86_400_000 * 365 * 400 {
            let date = Date(timeIntervalSince1970: Double(milliseconds) / 1000)
            #expect("\(UTCTime(millisecondsSince1970: milliseconds))" == formatter.string(from: date))
            // A prime number of milliseconds, a little over 17 days.
            milliseconds += 1_500_450_271
        }
    }
}
