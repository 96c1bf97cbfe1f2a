// Carries out what a profile does to its broker on purpose. Lives on the control thread.
internal import Glibc
internal import Host
internal import Results

/// The perturbations of one steady phase.
final class Perturbations {
    private enum Step { case stop, proceed, dropCache }
    private var steps: [(at: UInt64, step: Step)]
    private let process: pid_t
    private let topic: String
    private let dataDirectory: String
    private var stoppedAt: UInt64?
    private(set) var done: [PerturbationRecord] = []

    /// - Parameter start: of the steady phase, CLOCK_MONOTONIC nanoseconds.
    init(_ plans: [PerturbationPlan], start: UInt64, broker: BrokerProcess, topic: String) {
        process = broker.pid
        dataDirectory = broker.dataDirectory
        self.topic = topic
        steps = plans.flatMap { plan -> [(at: UInt64, step: Step)] in
            let at = start + plan.atNanoseconds
            return switch plan.action {
            case .pause(let nanoseconds): [(at, .stop), (at + nanoseconds, .proceed)]
            case .dropCache: [(at, .dropCache)]
            }
        }
    }

    /// When there is something to do next; nil: nothing any more.
    var next: UInt64? { steps.first?.at }

    /// Does what is due.
    func act() throws {
        while let (at, step) = steps.first, at <= MonotonicClock.now() {
            steps.removeFirst()
            switch step {
            case .stop:
                kill(process, SIGSTOP)
                stoppedAt = MonotonicClock.now()
            case .proceed: proceed()
            case .dropCache:
                let started = MonotonicClock.now()
                _ = try LogFiles(topic: topic, under: dataDirectory).drop(downTo: 0, ofLogBytes: 1)
                done.append(PerturbationRecord(kind: "dropCache", startedNanoseconds: started, endedNanoseconds: MonotonicClock.now()))
            }
        }
    }

    /// A broker that is stopped goes on; harmless otherwise. However the phase ends.
    func proceed() {
        guard let started = stoppedAt else { return }
        kill(process, SIGCONT)
        stoppedAt = nil
        done.append(PerturbationRecord(kind: "pause", startedNanoseconds: started, endedNanoseconds: MonotonicClock.now()))
    }
}
