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
                // A terabyte: of a gigabyte the CPU is millionths, which nobody can read.
                func terabyte(_ name: String, _ perGigabyte: Double, _ note: String) -> Metric {
                    .measured(name, 1_000 * perGigabyte, unit: "\(currency)/TB", polarity: .lowerIsBetter, note: note)
                }
                let taking = seconds / 3600 * (hour.value ?? 0), keeping = month.value ?? 0
                let price = terabyte("cpu_of_a_terabyte", taking, "arithmetic"), kept = terabyte("terabyte_for_a_month", keeping, "arithmetic")
                let total = terabyte("terabyte_in_all", taking + keeping, "arithmetic: taken in once and kept for a month, one copy; network and idle CPUs left out")
                let ratio = try kept.ratio(to: price, "month_of_storage_to_cpu", note: "arithmetic")
                return Answer([hour, month, cpu, price, kept, total, ratio], ratio.verdict(atLeast: 1, otherwise: "it is \(ClaimText.figure(ratio))"))
            },
        ]
    }
}
