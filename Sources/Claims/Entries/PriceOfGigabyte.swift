// o. Money.
internal import Measurement
internal import Results

struct PriceOfGigabyte: Claim {
    let letter = "o"
    let name = "price"
    let sentence = "What a GB costs is its storage: a month of it costs more than the CPU that takes it in."
    let method = "Arithmetic: the broker's CPU per GB of producers at full speed, times prices that the profile gives. No bill was looked at."
    let experiments = ["steady"]

    func findings(_ evidence: Evidence) -> [Finding] {
        [
            evidence.finding("A month of storage costs more than the CPU of taking it in.", of: "steady") { points in
                let point = points[0]
                let (hour, month) = (try point.metric("price_cpu_hour"), try point.metric("price_gigabyte_month"))
                guard let cpu = try point.load.phase.costs?.metrics.first(where: { $0.name == "cpu_s_per_gb_in" }), let seconds = cpu.value else {
                    throw Unanswered.here("the broker's CPU per GB could not be read")
                }
                let currency = month.unit.prefix { $0 != "/" }
                let price = Metric.measured("cpu_of_a_gigabyte", seconds / 3600 * (hour.value ?? 0), unit: "\(currency)/GB", polarity: .lowerIsBetter, note: "arithmetic")
                let ratio = try month.ratio(to: price, "month_of_storage_to_cpu")
                return Answer([hour, month, cpu, price, ratio], ratio.verdict(atLeast: 1, otherwise: "it is \(ClaimText.figure(ratio))"))
            },
        ]
    }
}
