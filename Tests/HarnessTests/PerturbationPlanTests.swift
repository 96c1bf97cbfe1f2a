// Killing a broker and connections that come and go, as a profile says them and as they are carried out.
import Host
import Testing

@testable import Harness

@Suite struct PerturbationPlanTests {
    private func read(_ perturb: String) -> Result<[PerturbationPlan], ProfileError> {
        Result { () throws(ProfileError) in
            try Profile.parse("question: Q?\nname: n\nphases: {steady: 10s}\nproducers: {rate: 5}\nperturb: \(perturb)\n", path: "n.yaml").perturbations
        }
    }

    @Test(arguments: [
        ("[{at: 1s, kill: false}]", "must have one of"), ("[{at: 1s, kill: true, pause: 1s}]", "must have one of"),
        ("[{at: 1s, pause: 1s, restartAfter: 1s}]", "belongs to ‘kill: true’"), ("[{at: 1s, kill: true, restartAfter: 61s}]", "from 0s to 60s"),
        ("[{at: 9s, kill: true, restartAfter: 2s}]", "must end within"), ("[{at: 1s, churn: 5}]", "needs ‘for’"),
        ("[{at: 1s, dropCache: true, for: 1s}]", "belongs to ‘churn’"), ("[{at: 1s, churn: 0, for: 1s}]", "a number above 0"),
        ("[{at: 1s, churn: 10001, for: 1s}]", "at most 10000"), ("[{at: 1s, churn: 5, for: 1ms}]", "from 100ms to 60s"),
        ("[{at: 1s, kill: true, restartAfter: 2s}, {at: 2s, churn: 5, for: 1s}]", "before another has ended"), ("[{at: 1s, kil: true}]", "did you mean ‘kill’"),
    ])
    func `what cannot be carried out is refused with its reason`(text: String, reason: String) {
        guard case .failure(let error) = read(text) else { return #expect(Bool(false), "\(text) was taken") }
        #expect("\(error)".contains(reason), "\(error)")
    }

    @Test func `a kill starts the broker again at once or later, and expects the errors of its absence`() throws {
        let plans = try read("[{at: 1s, kill: true}, {at: 3s, kill: true, restartAfter: 2s}, {at: 6s, churn: 250, for: 1s}]").get()
        #expect(plans.map(\.action) == [
            .kill(restartAfterNanoseconds: 0), .kill(restartAfterNanoseconds: 2_000_000_000), .churn(connectionsPerSecond: 250, nanoseconds: 1_000_000_000),
        ])
        #expect(plans.map(\.needsOwnBroker) == [true, true, false])
        #expect(plans[0].expectedErrors == ["CANNOT_CONNECT", "CONNECTION_LOST"] && plans[2].expectedErrors == [])
        var load = LoadPlan(try Profile.parse("question: Q?\nname: n\nproducers: {rate: 5}\nexpect: {errors: [A]}\n", path: "n.yaml"), label: "", topic: "t")
        load.disturb(by: [plans[0]])
        #expect(load.expectedErrors == ["A", "CANNOT_CONNECT", "CONNECTION_LOST"] && load.perturbations == [plans[0]])
    }
}

@Suite(.serialized) struct ConnectionChurnTests {
    @Test func `connections come at their rate, and each is answered`() throws {
        let broker = try FaultyBroker()
        defer { broker.stop() }
        let churn = ConnectionChurn(broker.address, perSecond: 200)
        MonotonicClock.sleep(nanoseconds: 500_000_000)
        let seconds = Double(MonotonicClock.now() - churn.startedAt) / 1e9
        let (opened, failures) = churn.stop()
        #expect(failures == [:])
        // On a busy machine fewer, never more: the first comes at the start.
        #expect(opened >= 20 && Double(opened) <= (seconds + 0.1) * 200 + 1, "\(opened) in \(seconds) s")
    }

    @Test func `a broker that is not there is counted by the error's name`() {
        let churn = ConnectionChurn(HostPort("127.0.0.1:1")!, perSecond: 100)
        MonotonicClock.sleep(nanoseconds: 100_000_000)
        let (opened, failures) = churn.stop()
        #expect(opened == 0 && Array(failures.keys) == ["CANNOT_CONNECT"], "\(failures)")
    }
}
