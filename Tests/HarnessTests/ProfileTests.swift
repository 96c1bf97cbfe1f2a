// Profiles are read strictly: what is wrong, in which line, and what would be right.
import Testing
import Foundation
import Measurement
import Topology

@testable import Harness

private let whole = """
    question: How fast is it?
    name: small
    topic:
      partitions: 4
      segmentBytes: 64MiB
    broker:
      durability: interval(50ms)
      loops: 2
      cpus: 0-1
      listeners: [splice, {transfer: copy, buffer: 128KiB}]
      settings: {queued.max.bytes: 1000000}
    producers:
      count: 2
      rate: 20_000
      arrivals: poisson
      recordBytes: 100
      linger: 1.5ms
      acks: all
    consumers: {count: 1, kind: tail}
    phases: {warmUp: 2s, steady: 1m}
    headlines:
      zeroCopy: true
      pageCache: {logBytes: 512MiB}
      disk: false
    expect: {errors: [NOT_LEADER_OR_FOLLOWER]}
    contract: exactly-once
    """

private func fault(_ old: String, _ new: String) -> ProfileError? {
    precondition(whole.contains(old))
    do {
        _ = try Profile.parse(whole.replacing(old, with: new), path: "p.yaml")
        return nil
    } catch { return error }
}

@Suite struct ProfileTests {
    @Test(arguments: [
        ("  loops: 2", "  lops: 2", 8, "did you mean ‘loops’?"),
        ("recordBytes: 100", "recordBtyes: 100", 16, "did you mean ‘recordBytes’?"),
        ("contract: exactly-once", "contrat: exactly-once", 26, "did you mean ‘contract’?"),
        ("  loops: 2", "  quux: 2", 8, "valid keys: durability, loops"),
        ("partitions: 4", "partitions: four", 4, "a whole number from 1 to 10000, not ‘four’"),
        ("partitions: 4", "partitions: 0", 4, "a whole number from 1 to 10000, not ‘0’"),
        ("steady: 1m", "steady: 60", 20, "a duration such as 30s, 5m or 250ms, not ‘60’"),
        ("linger: 1.5ms", "linger: -1ms", 17, "a duration"),
        ("segmentBytes: 64MiB", "segmentBytes: 64Mib", 5, "a size such as 64KiB"),
        ("kind: tail", "kind: tial", 19, "did you mean ‘tail’?"),
        ("durability: interval(50ms)", "durability: sometimes", 7, "every-append, not ‘sometimes’"),
        ("topic:\n  partitions: 4\n  segmentBytes: 64MiB\n", "topic: 3\n", 3, "‘topic’ must be a mapping"),
        ("[NOT_LEADER_OR_FOLLOWER]", "NOT_LEADER_OR_FOLLOWER", 25, "must be a list"),
        ("rate: 20_000", "rate: {a: 1}", 14, "a number above 0"),
        ("count: 2\n", "count: 2\n  count: 3\n", 13, "repeated key"),
        ("acks: all", "acks: 1\n  idempotent: true", 19, "idempotent producers need"),
    ])
    func `a fault names its line and what would be right`(old: String, new: String, line: Int, hint: String) {
        let error = fault(old, new)
        #expect(error?.file == "p.yaml")
        #expect(error?.description.contains(hint) == true, "\(error?.description ?? "accepted")")
        if new.contains("count: 3") { return }
        #expect(error?.line == line)
    }

    @Test func `bad YAML names its line`() {
        let error = fault("  loops: 2", "  loops: [2")
        #expect(error?.message.hasPrefix("not YAML") == true)
        #expect((error?.line ?? 0) >= 8)
    }

    @Test func `the question is the first line`() {
        let error = fault("question: How fast is it?\nname: small", "name: small\nquestion: How fast is it?")
        #expect(error?.message == "the question must be the first line of a profile")
    }

    @Test func `an open loop without a rate and a rate without an open loop are refused`() {
        #expect(fault("  rate: 20_000\n", "")?.message.contains("needs ‘producers.rate’") == true)
        #expect(fault("  rate: 20_000\n", "  mode: max\n  rate: 20_000\n")?.message.contains("belongs to mode: open") == true)
    }

    @Test func `a whole profile has every value`() throws {
        let profile = try Profile.parse(whole, path: "p.yaml")
        #expect(profile.question == "How fast is it?")
        #expect(profile.topic.partitions == 4 && profile.topic.segmentBytes == 64 << 20)
        #expect(profile.broker.durability == .interval(milliseconds: 50))
        #expect(profile.broker.cpus == CPUSet([0, 1]))
        #expect(profile.broker.listeners == [ListenerPlan(transfer: .splice), ListenerPlan(transfer: .copy, bufferBytes: 131072)])
        #expect(profile.broker.settings == ["queued.max.bytes": "1000000"])
        #expect(profile.producers?.recordsPerSecond == 20_000 && profile.producers?.lingerNanoseconds == 1_500_000)
        #expect(profile.producers?.idempotent == true && profile.producers?.arrivals == .poisson)
        #expect(profile.phases.steadyNanoseconds == 60_000_000_000)
        #expect(profile.headlines.zeroCopy == ZeroCopyHeadlinePlan() && profile.headlines.disk == nil)
        #expect(profile.headlines.pageCache?.logBytes == 512 << 20)
        #expect(profile.expectedErrors == ["NOT_LEADER_OR_FOLLOWER"] && profile.contract == .exactlyOnce)
    }

    @Test func `a setting of the command line wins, and its faults name it`() throws {
        let profile = try Profile.parse(whole, path: "p.yaml", overrides: ["producers.rate=5", "broker.loops=1", "headlines.append.steady=2s"])
        #expect(profile.producers?.recordsPerSecond == 5 && profile.broker.loops == 1)
        #expect(profile.headlines.append?.steadyNanoseconds == 2_000_000_000)
        #expect(throws: ProfileError(
            file: "--set producers.raet=5", line: nil, column: nil,
            message: "unknown key ‘raet’ in ‘producers’; did you mean ‘rate’?")) {
            _ = try Profile.parse(whole, path: "p.yaml", overrides: ["producers.raet=5"])
        }
        #expect(throws: ProfileError.self) { _ = try Profile.parse(whole, path: "p.yaml", overrides: ["producers.rate"]) }
    }

    @Test func `quantities are read in their units only`() {
        #expect(parseDuration("30s") == 30_000_000_000 && parseDuration("5m") == 300_000_000_000 && parseDuration("1.5s") == 1_500_000_000)
        #expect(parseDuration("30") == nil && parseDuration("s") == nil && parseDuration("-1s") == nil && parseDuration("1e3s") == nil)
        #expect(parseByteSize("64KiB") == 65536 && parseByteSize("10MB") == 10_000_000 && parseByteSize("512") == 512)
        #expect(parseByteSize("0.3B") == nil && parseByteSize("64 KiB") == nil && parseByteSize("kib") == nil)
        #expect(Durability("messages(0)") == nil && Durability("interval(5)") == nil && Durability("every-append") == .everyAppend)
    }
}

@Suite struct ComparisonPlanTests {
    private func gated(_ gate: String, producers: String = "{mode: max}") -> Result<Profile, ProfileError> {
        let text = "question: q\nname: p\nproducers: \(producers)\ngate: \(gate)\n"
        do { return .success(try Profile.parse(text, path: "p.yaml")) } catch { return .failure(error) }
    }

    @Test(arguments: [
        ("{metrics: [cpu]}", "lacks the key ‘kind’"), ("{kind: maxx}", "did you mean ‘max’?"), ("{kind: max, metrics: [p99]}", "needs ‘gate.kind: rate’"),
        ("{kind: max, metrics: []}", "one to 3 different metrics"), ("{kind: max, metrics: [cpu, cpu]}", "one to 3 different metrics"),
        ("{kind: max, slices: 3}", "must be even"), ("{kind: max, slice: 600ms}", "longer than ‘gate.discard’"),
        ("{kind: max, threshold: 2%}", "above ‘gate.minimumEffect’"), ("{kind: max, threshold: 5}", "a share such as 5%"),
        ("{kind: max, rate: 100}", "belongs to ‘gate.kind: rate’"), ("{kind: rate}", "needs ‘producers.mode: open’"), ("{kind: max, slcie: 1s}", "did you mean ‘slice’?"),
    ])
    func `a gate that cannot be judged is refused`(gate: String, hint: String) {
        guard case .failure(let error) = gated(gate) else { return #expect(Bool(false), "\(gate) is accepted") }
        #expect(error.description.contains(hint), "\(error)")
        #expect(error.line == 4 || hint.contains("producers.mode"))
    }

    @Test func `a gate has its defaults, and an open loop under it no rate`() throws {
        let plan = try #require(try gated("{kind: max}").get().gate)
        #expect(plan.metrics == [.throughput, .cpu] && plan.thresholdFraction == 0.05 && plan.minimumEffectFraction == 0.02)
        #expect(plan.slices == 4 && plan.sliceNanoseconds == 3_000_000_000 && plan.budgetNanoseconds == 600_000_000_000 && plan.groups == 50)
        let rate = try gated("{kind: rate, threshold: 8%, rate: 2_000}", producers: "{mode: open}").get()
        #expect(rate.gate?.metrics == [.p99, .cpu] && rate.gate?.thresholdFraction == 0.08 && rate.gate?.recordsPerSecond == 2000)
        #expect(rate.producers?.recordsPerSecond == nil)
        guard case .failure = gated("{kind: max}", producers: "{mode: max, recordBytes: 16}") else { return #expect(Bool(false), "no audit of 16 bytes") }
    }

    @Test func `what retention keeps bounds the disk of a comparison`() throws {
        let profile = try gated("{kind: max}").get()
        let unbounded = try #require(profile.gate).diskCost(profile).diskBytes
        var bounded = profile
        bounded.topic.segmentBytes = 32 << 20
        bounded.topic.retentionBytes = 128 << 20
        #expect(try #require(bounded.gate).diskCost(bounded).diskBytes < unbounded / 2)
    }
}

@Suite struct ShippedProfileTests {
    @Test(arguments: ["ab-max", "ab-rate"])
    func `a shipped gated profile rolls and removes at least three times a slice, at any rate worth comparing`(name: String) throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let profile = try Profile.load(path: root.appending(path: "Profiles/\(name).yaml").path)
        let gate = try #require(profile.gate)
        #expect(profile.name == name && gate.metrics.count <= 3)
        let seconds = Double(gate.measuredNanoseconds) / 1e9
        // 30 MB/s: a tenth of what the slowest machine that this was tried on carries.
        let perPartition = 30e6 * (gate.kind == .max ? 5 : 1) * seconds / Double(profile.topic.partitions)
        #expect(perPartition / Double(profile.topic.segmentBytes) >= 3)
        #expect(try #require(profile.topic.retentionBytes) >= 2 * profile.topic.segmentBytes)
        if case .interval(let milliseconds) = profile.broker.durability { #expect(seconds * 1000 / Double(milliseconds) >= 3) }
    }

    @Test(arguments: ["quickstart", "smoke"])
    func `a shipped profile is right and keeps to its time`(name: String) throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let profile = try Profile.load(path: root.appending(path: "Profiles/\(name).yaml").path)
        #expect(profile.name == name)
        let plan = Run.plan(profile, headlineMeasurements(for: profile), MachineDescription.read())
        #expect(plan.loadSeconds <= 90, "\(plan.description)")
    }
}
