// Profiles are read strictly: what is wrong, in which line, and what would be right.
import Testing
import Foundation
import Measurement
import Records
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
        ("kind: tail", "kind: catch-up", 19, "held back by a ‘backlog’, and the profile has none"),
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

    @Test func `the studies of page cache and zero-copy have their axes, and contradictions are refused`() throws {
        func headlines(_ text: String) throws(ProfileError) -> HeadlinesPlan {
            try Profile.parse("question: q\nname: p\nheadlines: {\(text)}\n", path: "p.yaml").headlines
        }
        let cache = try #require(try headlines("pageCache: {memory: 256MiB, recordBytes: 16KiB, readahead: off, knownPercent: [25, 50], warmUp: true, lag: {shares: [0.5, 4], live: 0.5, rate: 100, steady: 2s}}").pageCache)
        #expect(cache.memoryBytes == 256 << 20 && cache.recordBytes == 16 << 10 && cache.readAhead == .off && cache.knownPercent == [25, 50] && cache.warmUp)
        #expect(cache.lag?.shares == [0.5, 4] && cache.lag?.liveShare == 0.5 && cache.lag?.recordsPerSecond == 100 && cache.lag?.steadyNanoseconds == 2_000_000_000)
        #expect(cache.brokerSettings == ["residency.sample.interval": "1", "log.read.ahead": "false"])
        #expect(PageCacheHeadlinePlan().brokerSettings == ["residency.sample.interval": "1"])
        let sending = try #require(
            try headlines("zeroCopy: {fetchBytes: 16MiB, data: disk, consumers: 8, modes: [splice, mmap, tls, {transfer: copy, buffer: 8KiB}]}").zeroCopy)
        #expect(sending.fetchBytes == 16 << 20 && sending.data == .disk && sending.consumers == 8 && sending.modes[2].title == "TLS" && sending.modes[3].title == "copy 8 KiB")
        #expect(try headlines("zeroCopy: {rate: 500MB}").zeroCopy?.bytesPerSecond == 500_000_000)
        #expect(try headlines("zeroCopy: {bareSplice: true}").zeroCopy?.bareSplice == true && sending.bareSplice == false)
        for (text, hint) in [
            ("pageCache: {readahead: no}", "must be one of on, off"), ("pageCache: {lag: true}", "needs ‘headlines.pageCache.memory’"), ("pageCache: {knownPercent: [100]}", "from 1 to 99"),
            ("pageCache: {memory: 1GiB, lag: {live: 65}}", "from 0.01 to 64"), ("pageCache: {memory: 1GiB, lag: {shares: []}}", "has no values"), ("pageCache: {memory: 1GiB, lag: {shares: [0]}}", "from 0.01 to 64"),
            ("zeroCopy: {data: disk, rate: 500MB}", "leave it out with ‘data: disk’"), ("zeroCopy: {modes: [mmap, {transfer: copy}]}", "at least one zero-copy mode"),
            ("zeroCopy: {bareSplice: true, modes: [sendfile, copy]}", "‘headlines.zeroCopy.modes’ lacks"),
            ("zeroCopy: {modes: [splice, {transfer: mmap, buffer: 8KiB}, copy]}", "belongs to ‘transfer: copy’"), ("zeroCopy: {data: tape}", "must be one of"),
        ] {
            let error = #expect(throws: ProfileError.self) { try headlines(text) }
            #expect(error?.message.contains(hint) == true, "\(text): \(String(describing: error))")
        }
        #expect(fault("listeners: [splice, {transfer: copy, buffer: 128KiB}]", "listeners: [tls]")?.message.contains("is a mode of ‘headlines.zeroCopy’") == true)
    }

    @Test func `the device's height is asked for with the disk's calibration, and refused without it`() throws {
        func heights(_ text: String) throws(ProfileError) -> [AppendHeadlinePlan.Height]? {
            try Profile.parse("question: q\nname: p\nheadlines: {\(text)}\n", path: "p.yaml").headlines.append?.heights
        }
        #expect(try heights("disk: true, append: {heights: [device, broker]}") == [.device, .broker])
        #expect(try heights("disk: true, append: true") == [.device, .engine, .broker])
        // By default everything that something is there for.
        #expect(try heights("append: true") == [.engine, .broker])
        for text in ["append: {heights: [device, engine]}", "disk: false, append: {heights: [device]}"] {
            let error = #expect(throws: ProfileError.self) { try heights(text) }
            #expect(error?.message.contains("add ‘disk: {perItem: 3s}’") == true && error?.line == 3, "\(text): \(String(describing: error))")
        }
    }

    @Test func `a sustained append has its volume from the machine, and time for the page cache to fill`() throws {
        func append(_ text: String) throws(ProfileError) -> AppendHeadlinePlan? {
            try Profile.parse("question: q\nname: p\nheadlines: {append: {\(text)}}\n", path: "p.yaml").headlines.append
        }
        let plan = try #require(try append("sustained: true"))
        #expect(plan.isSustained && plan.atMostBytes == nil && plan.steadyWaitNanoseconds == 120_000_000_000)
        #expect(try append("sustained: true, atMost: 1GiB, steadyWait: 10s")?.atMostBytes == 1 << 30)
        #expect(try append("steady: 1s")?.isSustained == false)
        let error = #expect(throws: ProfileError.self) { try append("sustained: true, steadyWait: 0s") }
        #expect(error?.message.contains("time for the page cache to fill") == true, "\(String(describing: error))")
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

    private static let directory = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Profiles")

    private static var names: [String] {
        get throws {
            try FileManager.default.contentsOfDirectory(atPath: directory.path).filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()
        }
    }

    @Test func `the library holds at least twenty profiles, and what is no profile is not in it`() throws {
        #expect(try Self.names.count >= 20)
        // The experiments behind the claims, and traces, are in folders of their own; a page speaks of all of them.
        let others = try FileManager.default.contentsOfDirectory(atPath: Self.directory.path).filter { !$0.hasSuffix(".yaml") }.sorted()
        #expect(others == ["README.md", "claims", "traces"])
    }

    @Test func `every shipped profile asks a question of its own and is called like its file, at each of its points`() throws {
        var questions: Set<String> = []
        for name in try Self.names {
            let points = try ProfileSweep.points(path: Self.directory.appending(path: "\(name).yaml").path)
            for point in points { #expect(point.profile.name == name) }
            let question = points[0].profile.question
            #expect(question.hasSuffix("?"), "\(name): \(question)")
            #expect(questions.insert(question).inserted, "\(name): \(question)")
        }
    }

    @Test func `every point of a shipped profile of the quick tier keeps to a minute and a half, and each to 25 GB that does not go by the memory`() throws {
        let machine = MachineDescription.read()
        for name in try Self.names {
            for point in try ProfileSweep.points(path: Self.directory.appending(path: "\(name).yaml").path) where point.profile.gate == nil {
                let plan = Run.plan(point.profile, headlineMeasurements(for: point.profile), machine)
                if point.profile.tier == .quick { #expect(plan.loadSeconds <= 90, "\(name): \(plan.description)") }
                // A sustained append writes several times what this machine's page cache takes.
                if point.profile.headlines.append?.isSustained != true { #expect(plan.diskBytes <= 25_000_000_000, "\(name): \(plan.description)") }
            }
        }
    }
}

@Suite struct PerturbationProfileTests {
    private func read(_ perturb: String, _ more: String = "producers: {rate: 5}\n") -> Result<[PerturbationPlan], ProfileError> {
        Result { () throws(ProfileError) in
            try Profile.parse("question: Q?\nname: n\nphases: {steady: 10s}\n\(more)perturb: \(perturb)\n", path: "n.yaml").perturbations
        }
    }

    @Test(arguments: [
        ("[{pause: 1s}]", "lacks the key ‘at’"), ("[{at: 1s}]", "must have one of"), ("[{at: 1s, pause: 1s, dropCache: true}]", "must have one of"),
        ("[{at: 9s, pause: 2s}]", "must end within"), ("[{at: 11s, dropCache: true}]", "must end within"), ("[{at: 1s, pause: 0ms}]", "from 1ms to 60s"),
        ("[{at: 1s, pause: 3s}, {at: 2s, dropCache: true}]", "before another has ended"),
    ])
    func `what cannot be carried out is refused with its reason`(text: String, reason: String) {
        guard case .failure(let error) = read(text) else { return #expect(Bool(false), "\(text) was taken") }
        #expect("\(error)".contains(reason), "\(error)")
    }

    @Test func `what disturbs needs a load, and no comparison`() {
        guard case .failure(let error) = read("[{at: 1s, dropCache: true}]", "headlines: {disk: true}\n") else { return #expect(Bool(false)) }
        #expect("\(error)".contains("which is missing"))
        guard case .failure(let gated) = read("[{at: 1s, dropCache: true}]", "producers: {mode: max}\ngate: {kind: max}\n") else { return #expect(Bool(false)) }
        #expect("\(gated)".contains("no ‘perturb’ with ‘gate’"))
    }

    @Test func `they come in the order of their times`() throws {
        let plans = try read("[{at: 5s, pause: 200ms}, {at: 2s, dropCache: true}]").get()
        #expect(plans == [
            PerturbationPlan(atNanoseconds: 2_000_000_000, action: .dropCache),
            PerturbationPlan(atNanoseconds: 5_000_000_000, action: .pause(nanoseconds: 200_000_000)),
        ])
    }
}

@Suite struct CompressionProfileTests {
    private func producers(_ text: String) -> Result<ProducersPlan?, ProfileError> {
        Result { () throws(ProfileError) in try Profile.parse("question: Q?\nname: n\nproducers: {rate: 5, \(text)}\n", path: "n.yaml").producers }
    }

    @Test(arguments: [
        ("compression: lz5", "none, gzip, snappy, lz4 or zstd"),
        ("compression: lz4", "needs ‘producers.compressionRatio’"),
        ("compression: snappy, compressionRatio: 2, compressionLevel: 3", "has no levels"),
        ("compression: gzip, compressionRatio: 2, compressionLevel: 99", "a whole number from"),
        ("compression: gzip, compressionRatio: 0.5", "a number from 1 to 10"),
        ("compressionRatio: 11", "a number from 1 to 10"),
    ])
    func `what is no compression is refused with its reason`(text: String, reason: String) {
        guard case .failure(let error) = producers(text) else { return #expect(Bool(false), "\(text) was taken") }
        #expect("\(error)".contains(reason), "\(error)")
    }

    @Test func `codec, level and ratio are what the lanes get`() throws {
        let plan = try #require(try producers("compression: zstd, compressionLevel: 5, compressionRatio: 2.5").get())
        #expect(plan.codec == .zstd && plan.compressionLevel == 5 && plan.compressionRatio == 2.5)
        let none = try #require(try producers("compressionRatio: 3").get())
        #expect(none.codec == .none && none.compressionRatio == 3)
    }
}

@Suite struct RateShapeTests {
    private func profile(_ producers: String, phases: String = "{steadyWait: 0s, steady: 10s}") -> Result<Profile, ProfileError> {
        Result { () throws(ProfileError) in
            try Profile.parse("question: Q?\nname: n\nproducers: {\(producers)}\nphases: \(phases)\n", path: "n.yaml")
        }
    }

    private func message(_ result: Result<Profile, ProfileError>) -> String {
        if case .failure(let error) = result { "\(error)" } else { "" }
    }

    @Test(arguments: [
        ("rate: 5, steps: [{rate: 1, for: 1s}]", "keep one of them"),
        ("steps: [{rate: 0, for: 1s}]", "must have a rate above 0"),
        ("steps: [{rate: 1}]", "lacks the key ‘for’"),
        ("steps: [{rate: 1, for: 1us}]", "must be at least 1ms"),
        ("steps: [{rate: -1, for: 1s}]", "a number of records a second"),
        ("ramp: {from: 1}", "lacks the key ‘to’"),
        ("ramp: {from: 0, to: 5}", "a number above 0"),
        ("ramp: {from: 1, to: 5}, steps: [{rate: 1, for: 1s}]", "exclude each other"),
        ("mode: max, steps: [{rate: 1, for: 1s}]", "belongs to mode: open"),
    ])
    func `what is no shape of a rate is refused with its reason`(producers: String, reason: String) {
        #expect(message(profile(producers)).contains(reason), "\(message(profile(producers)))")
    }

    @Test func `a rate that changes waits for no steady state`() {
        #expect(message(profile("ramp: {from: 1, to: 5}", phases: "{steadyWait: 5s}")).contains("‘phases.steadyWait’ must be 0s"))
    }

    @Test func `steps begin again after the last, and the plan counts with the highest`() throws {
        let producers = try #require(try profile("steps: [{rate: 1000, for: 2s}, {rate: 0, for: 1s}, {rate: 5000, for: 1s}]").get().producers)
        let shape = try #require(producers.rateShape)
        #expect(producers.recordsPerSecond == 1000)
        #expect(shape.highest == 5000)
        let steps = shape.covering(10_000_000_000)
        #expect(steps.map(\.eventsPerSecond) == [1000, 0, 5000, 1000, 0, 5000, 1000, 0, 5000])
        #expect(steps.reduce(0) { $0 + $1.nanoseconds } == 12_000_000_000)
        let schedule = OpenLoopSchedule(arrivals: .fixed, steps: steps)
        var stream = schedule.stream(lane: 0, of: 1, startingAt: 0)
        var counts = [Int](repeating: 0, count: 12)
        while let time = stream.take() { counts[Int(time / 1_000_000_000)] += 1 }
        #expect(counts == [1000, 1000, 0, 5000, 1000, 1000, 0, 5000, 1000, 1000, 0, 5000])
    }

    @Test func `a ramp rises over the steady phase and stays there`() throws {
        let shape = try #require(try profile("ramp: {from: 1000, to: 3000}").get().producers?.rateShape)
        let steps = shape.covering(12_000_000_000)
        #expect(steps.count == RateShape.rampSteps + 1)
        #expect(abs(steps[0].eventsPerSecond - 1010) < 1e-6 && abs(steps[99].eventsPerSecond - 2990) < 1e-6)
        #expect(steps.last == .init(eventsPerSecond: 2990, nanoseconds: 2_000_000_000) || abs(steps[100].eventsPerSecond - 2990) < 1e-6)
        let expected = OpenLoopSchedule(arrivals: .fixed, steps: Array(steps.prefix(100))).expectedEvents
        #expect(abs(expected - 20_000) < 1, "the mean rate is the middle of its ends")
    }
}
