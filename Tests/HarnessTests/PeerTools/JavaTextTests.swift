// Numbers and times as Java has them.
import Foundation
import Testing

@testable import Harness

@Suite struct JavaTextTests {
    @Test(arguments: [
        (0, 1, "0.0"), (0.04, 1, "0.0"), (0.05, 1, "0.1"), (0.15, 1, "0.2"), (0.25, 1, "0.3"), (1.005, 2, "1.01"), (0.125, 2, "0.13"),
        (99.95, 1, "100.0"), (9.999, 2, "10.00"), (123_456.789, 2, "123456.79"), (6e-7, 6, "0.000001"), (4e-7, 6, "0.000000"), (1e-300, 4, "0.0000"),
        (1e16, 1, "10000000000000000.0"), (1.25e16, 2, "12500000000000000.00"), (199.973337, 6, "199.973337"), (-0.04, 1, "-0.0"), (-2.25, 1, "-2.3"),
        (.nan, 2, "NaN"), (.infinity, 4, "Infinity"), (-.infinity, 4, "-Infinity"),
    ] as [(Double, Int, String)])
    func `numbers are rounded half up, on the digits that are printed for them`(value: Double, decimals: Int, text: String) {
        #expect(javaFixed(value, decimals) == text)
    }

    @Test func `times are written in SimpleDateFormat's letters, every millisecond as it is`() throws {
        let utc = try #require(TimeZone(identifier: "UTC"))
        let usual = try JavaDateFormat(ConsumerPerfPlan.usualDateFormat, zone: utc)
        #expect(usual.text(1_700_000_000_000) == "2023-11-14 22:13:20:000")
        for millisecond in stride(from: Int64(0), to: 1000, by: 37) {
            #expect(usual.text(1_700_000_000_000 + millisecond).hasSuffix(String(format: ":%03d", Int(millisecond))), "\(millisecond)")
        }
        #expect(try JavaDateFormat("HH'h' EEE", zone: utc).text(1_700_000_000_000) == "22h Tue")
    }

    @Test(arguments: ["yyyy-MM-dd u", "HH:mm:ss.S", "HH'h", "bb"])
    func `letters that mean something else in Java are refused`(pattern: String) {
        #expect(throws: PeerToolError.self) { _ = try JavaDateFormat(pattern) }
    }
}
