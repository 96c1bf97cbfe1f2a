// Transactions, consumer groups, traces and later phases in profiles: every form is read, and what contradicts itself is refused.
import Client
import Foundation
import Host
import Measurement
import Testing

@testable import Harness

private func parse(_ text: String, overrides: [String] = []) throws(ProfileError) -> Profile {
    try Profile.parse("question: Q?\nname: n\n\(text)\n", path: "n.yaml", overrides: overrides)
}

private func fault(_ text: String) -> String {
    do {
        _ = try parse(text)
        return "accepted"
    } catch { return error.description }
}

@Suite struct FleetLifeProfileTests {
    @Test func `transactions are read, and readers wait for their commit unless they are told otherwise`() throws {
        let profile = try parse("producers: {rate: 5, transactions: {records: 50, every: 20ms, abort: 5%}}\nconsumers: [{name: a}, {name: b, isolation: read-uncommitted}]")
        let plan = try #require(profile.producers?.transactions)
        #expect(plan.records == 50 && plan.nanoseconds == 20_000_000 && plan.abortShare == 0.05)
        #expect(profile.consumerGroups.map(\.isCommittedOnly) == [true, false])
        #expect(try parse("producers: {rate: 5, transactions: true}").producers?.transactions == TransactionsPlan())
        #expect(try parse("producers: {rate: 5}\nconsumers: {isolation: read-committed}").consumerGroups[0].isCommittedOnly)
        #expect(try !parse("producers: {rate: 5}\nconsumers: true").consumerGroups[0].isCommittedOnly)
    }

    @Test(arguments: [
        ("producers: {rate: 5, acks: 1, transactions: true}", "transactions need ‘acks: all’"),
        ("producers: {mode: closed, transactions: true}", "transactions go with mode: open or max"),
        ("producers: {rate: 5, transactions: {every: 1us}}", "from 1ms to 30s"),
        ("producers: {rate: 5, transactions: {records: 0}}", "a whole number from 1"),
        ("producers: {rate: 5, transactions: {abort: 100%}}", "a share such as 5%"),
        ("producers: {mode: max, transactions: true}\ngate: {kind: max, metrics: [cpu]}", "none with ‘gate’"),
        ("producers: {rate: 5}\nconsumers: {group: {session: 500ms}}", "from 1s to 30m"),
        ("producers: {rate: 5}\nconsumers: {group: {session: 6s, heartbeat: 6s}}", "less than the session"),
        ("producers: {rate: 5}\nconsumers: {group: {commit: 1ms}}", "at least 10ms"),
        ("producers: {rate: 5}\nconsumers: {group: {assignor: sticky}}", "one of range, round-robin, cooperative"),
        ("producers: {rate: 5}\nconsumers: true\nperturb: [{at: 1s, memberChurn: 1, for: 2s}]", "needs ‘consumers’ with ‘group’"),
        ("producers: {rate: 5, arrivals: {trace: no-such-file}}", "must be a readable text file"),
        ("producers: {rate: 5, arrivals: bursts}", "fixed, poisson or {trace: FILE}"),
        ("producers: {rate: 5, arrivals: {}}", "lacks the key ‘trace’"),
    ])
    func `what cannot be is refused with its reason`(text: String, reason: String) {
        #expect(fault(text).contains(reason), "\(fault(text))")
    }

    @Test func `a consumer group is read with the session's third for a heartbeat`() throws {
        let plan = try #require(try parse("producers: {rate: 5}\nconsumers: {count: 3, group: {assignor: cooperative, session: 6s}}").consumerGroups[0].group)
        #expect(plan.assignor == .cooperative && plan.heartbeat == 2_000_000_000 && plan.commit == 5_000_000_000)
        let configuration = plan.configuration(name: "g")
        #expect(configuration.assignor == .cooperativeSticky && configuration.sessionTimeoutMilliseconds == 6_000 && configuration.name == "g")
    }

    @Test func `a trace brings its rate and shape, and faults in it name their line`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tidemark-trace-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "times.txt").path
        try "# seen\n10\n10.5\n12\n".write(toFile: file, atomically: true, encoding: .utf8)
        let profile = try parse("producers: {arrivals: {trace: \(file)}}")
        #expect(profile.producers?.trace?.offsets == [0, 500_000_000, 2_000_000_000] && profile.producers?.recordsPerSecond == 1)
        #expect(try parse("producers: {rate: 9, arrivals: {trace: \(file)}}").producers?.recordsPerSecond == 9)
        #expect(fault("producers: {ramp: {from: 1, to: 2}, arrivals: {trace: \(file)}}\nphases: {steadyWait: 0s}").contains("no ‘steps’ or ‘ramp’ with it"))
        try "1\nsoon\n".write(toFile: file, atomically: true, encoding: .utf8)
        #expect(fault("producers: {arrivals: {trace: \(file)}}").contains("line 2: ‘soon’ must be a time in seconds"))
        try "2\n1\n".write(toFile: file, atomically: true, encoding: .utf8)
        #expect(fault("producers: {arrivals: {trace: \(file)}}").contains("none before the one above it"))
    }

    @Test func `later phases change what they set, and keep the rest`() throws {
        let profile = try parse("""
            producers: {rate: 5, linger: 1ms}
            consumers: {count: 2}
            phases: {steady: 10s, then: [{name: more, steady: 3s, set: {producers.rate: 50, consumers.count: 1}}, {name: groups, set: {consumers: [{name: a}, {name: b}]}}]}
            """, overrides: ["producers.linger=2ms"])
        #expect(profile.later.map(\.name) == ["more", "groups"] && profile.later.map(\.label) == ["then more", "then groups"])
        let more = profile.later[0]
        #expect(more.producerGroups[0].recordsPerSecond == 50 && more.producerGroups[0].lingerNanoseconds == 2_000_000 && more.consumerGroups[0].count == 1)
        #expect(more.phases.steadyNanoseconds == 3_000_000_000 && profile.later[1].phases.steadyNanoseconds == 10_000_000_000)
        #expect(profile.later[1].consumerGroups.map(\.name) == ["a", "b"] && profile.later[1].producerGroups[0].recordsPerSecond == 5)
        #expect(profile.producers?.recordsPerSecond == 5 && profile.changed(for: more).producers?.recordsPerSecond == 50)
    }

    @Test func `what is done to the broker belongs to one phase`() throws {
        let profile = try parse("producers: {rate: 5}\nphases: {then: [{name: hit, steady: 3s, perturb: [{at: 2s, kill: true}, {at: 1s, pause: 1ms}]}, {name: calm}]}\nperturb: [{at: 9s, dropCache: true}]")
        #expect(profile.perturbations.map(\.action) == [.dropCache])
        #expect(profile.later.map(\.perturbations.count) == [2, 0] && profile.later[0].perturbations[0].action == .pause(nanoseconds: 1_000_000))
        #expect(profile.changed(for: profile.later[0]).perturbations.count == 2 && profile.changed(for: profile.later[1]).perturbations == [])
        #expect(profile.allPerturbations.count == 3)
    }

    @Test(arguments: [
        ("[{set: {producers.rate: 5}}]", "lacks the key ‘name’"), ("[{name: a, set: {broker.loops: 2}}]", "may set keys of ‘producers’ and ‘consumers’"),
        ("[{name: a}, {name: a}]", "the name of two phases"), ("[{name: a, steady: 10ms}]", "at least 1s"), ("[{name: a, set: {producers.rat: 5}}]", "did you mean ‘rate’"),
        ("[{name: a, set: {producers.idempotent: false}}]", "exactly-once needs"), ("[{name: A b}]", "a short name of a-z"),
        ("[{name: a, steady: 2s, perturb: [{at: 2s, dropCache: true}]}]", "must end within ‘phases.then[0].steady’"),
        ("[{name: a, perturb: [{at: 1s, pause: 2s}, {at: 2s, dropCache: true}]}]", "has one that begins before another has ended"),
        ("[{name: a, perturb: [{at: 1s, memberChurn: 1, for: 2s}]}]", "needs ‘consumers’ with ‘group’"),
    ])
    func `later phases that cannot be are refused`(then: String, reason: String) {
        let text = "producers: {rate: 5}\ncontract: exactly-once\nphases: {then: \(then)}"
        #expect(fault(text).contains(reason), "\(fault(text))")
    }

    @Test func `keys of the broker may have dots in a setting, too`() throws {
        let profile = try parse("producers: {rate: 5}", overrides: ["broker.settings.log.cleanup.policy=compact", "broker.settings.num.partitions=3"])
        #expect(profile.broker.settings == ["log.cleanup.policy": "compact", "num.partitions": "3"])
    }

    @Test func `disks are held and frozen for a time that is said, where that is possible`() throws {
        func plans(_ text: String) throws -> [PerturbationPlan] { try parse("phases: {steady: 10s}\nproducers: {rate: 5}\nperturb: \(text)").perturbations }
        let both = try plans("[{at: 1s, diskLimit: 20MiB, for: 2s}, {at: 4s, freeze: 500ms}]")
        #expect(both.map(\.action) == [.diskLimit(bytesPerSecond: 20 << 20, nanoseconds: 2_000_000_000), .freeze(nanoseconds: 500_000_000)])
        #expect(both.allSatisfy(\.needsOwnBroker) && both.map(\.nanoseconds) == [2_000_000_000, 500_000_000])
        #expect(fault("phases: {steady: 10s}\nproducers: {rate: 5}\nperturb: [{at: 1s, diskLimit: 20MiB}]").contains("needs ‘for’"))
        #expect(fault("phases: {steady: 10s}\nproducers: {rate: 5}\nperturb: [{at: 1s, freeze: 61s}]").contains("from 1ms to 60s"))
        #expect(FrozenDisk.refusal("/var/tmp", results: "/var/tmp") != nil)
    }

    @Test func `a helper thaws a disk when whoever froze it is gone, and not when it was dismissed`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tidemark-thaw-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let program = folder.appending(path: "thaw").path
        try "#!/bin/sh\necho \"$@\" > \"$2/thawed\"\n".write(toFile: program, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
        let thawed = folder.appending(path: "thawed").path
        var watcher: ThawWatcher? = try ThawWatcher(folder.path, program: program)
        watcher?.dismiss()
        watcher = nil
        usleep(300_000)
        #expect(!FileManager.default.fileExists(atPath: thawed))
        watcher = try ThawWatcher(folder.path, program: program)
        usleep(100_000)
        #expect(!FileManager.default.fileExists(atPath: thawed), "while it is held nothing happens")
        watcher = nil
        let deadline = MonotonicClock.now() + 5_000_000_000
        while !FileManager.default.fileExists(atPath: thawed), MonotonicClock.now() < deadline { usleep(10_000) }
        #expect(FileManager.default.fileExists(atPath: thawed))
    }
}
