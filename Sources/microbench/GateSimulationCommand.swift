// How often is the regression gate wrong, on machines that are known exactly?
internal import ArgumentParser
internal import Gate

struct GateSimulationCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gate-simulation",
        abstract: "Feeds the regression gate's decision code simulated machines and checks its error rates.", shouldDisplay: false)

    @Option(help: "Campaigns of each case.") var trials = 2000
    @Option(help: "Another seed is another set of machines.") var seed: UInt64 = 1

    func validate() throws {
        guard trials > 0 else { throw ValidationError("--trials of one or more") }
    }

    func run() throws {
        var broken = 0
        for claim in SimulationClaim.all {
            let rates = try claim.simulate(trials: trials, seed: seed)
            print(claim.line(rates))
            if !claim.holds(rates) { broken += 1 }
        }
        guard broken == 0 else { throw ExitCode(2) }
    }
}
