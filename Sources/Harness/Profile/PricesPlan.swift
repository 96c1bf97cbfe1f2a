// `prices:` in a profile: what a machine costs, for arithmetic with what was measured. Nobody looks at a bill.
internal import Results

package struct PricesPlan: Equatable, Sendable {
    package var currency = "USD"
    /// Of one CPU.
    package var cpuHour: Double
    /// Of storage, 10⁹ bytes.
    package var gigabyteMonth: Double
    /// Whose prices they are; nil: it is not said.
    package var source: String?

    static func read(_ top: ProfileSection) throws(ProfileError) -> PricesPlan? {
        guard let section = try top.section("prices", keys: ["currency", "cpuHour", "gigabyteMonth", "source"]) else { return nil }
        var plan = PricesPlan(
            cpuHour: try section.required("cpuHour", try section.number("cpuHour")),
            gigabyteMonth: try section.required("gigabyteMonth", try section.number("gigabyteMonth")))
        plan.currency = try section.value("currency", "the three letters of a currency, such as EUR") {
            $0.count == 3 && $0.allSatisfy { $0.isASCII && $0.isUppercase } ? $0 : nil
        } ?? plan.currency
        plan.source = try section.string("source")
        return plan
    }

    /// As figures of the run, which they are multiplied with.
    var metrics: [Metric] {
        let note = "given in the profile" + (source.map { ": \($0)" } ?? "")
        return [
            .measured("price_cpu_hour", cpuHour, unit: "\(currency)/CPU-h", polarity: .lowerIsBetter, note: note),
            .measured("price_gigabyte_month", gigabyteMonth, unit: "\(currency)/GB-month", polarity: .lowerIsBetter, note: note),
        ]
    }
}
