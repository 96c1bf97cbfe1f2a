// The headline part of a profile. A headline given as `true` takes the defaults of its plan.

extension HeadlinesPlan {
    init(_ top: ProfileSection, phases: PhasesPlan) throws(ProfileError) {
        let keys = ["disk", "append", "pageCache", "zeroCopy", "placement", "numa", "ask"]
        guard let section = try top.section("headlines", keys: keys) else { return }
        disk = try DiskHeadlinePlan.read(section, phases)
        append = try AppendHeadlinePlan.read(section, phases, measuresDisk: disk != nil)
        pageCache = try PageCacheHeadlinePlan.read(section)
        zeroCopy = try ZeroCopyHeadlinePlan.read(section)
        placement = try PlacementHeadlinePlan.read(section, phases)
        numa = try NUMAHeadlinePlan.read(section, phases)
        ask = try section.list("ask") { (node, name) throws(ProfileError) in try ProfileSection.choice(node, name, Inquiry.self) } ?? []
        if Set(ask).count < ask.count { throw section.error("ask", "‘headlines.ask’ has one question twice") }
    }
}

extension AppendHeadlinePlan {
    /// - Parameters:
    ///   - phases: its wait for a steady state holds where the headline names none.
    ///   - measuresDisk: whether the run calibrates the disk, which is what the device's height is told by.
    static func read(_ top: ProfileSection, _ phases: PhasesPlan, measuresDisk: Bool) throws(ProfileError) -> AppendHeadlinePlan? {
        let keys = ["heights", "producers", "recordBytes", "batchBytes", "inFlight", "atMost", "stored", "sustained", "engine", "warmUp", "steadyWait", "steady", "ceiling"]
        guard let section = try top.section("append", keys: keys) else { return nil }
        var plan = AppendHeadlinePlan()
        plan.heights = try section.list("heights") { (node, name) throws(ProfileError) in
            try ProfileSection.choice(node, name, Height.self)
        } ?? plan.heights.filter { $0 != .device || measuresDisk }
        if plan.heights.contains(.device), !measuresDisk {
            throw section.error(
                "heights",
                "‘headlines.append.heights’ asks for the device, which only ‘headlines.disk’ measures: add ‘disk: {perItem: 3s}’ to ‘headlines’, or leave ‘device’ out")
        }
        plan.producers = try section.int("producers", 1...256) ?? plan.producers
        plan.recordBytes = try section.bytes("recordBytes", 32...(1 << 20)).map(Int.init) ?? plan.recordBytes
        plan.batchBytes = try section.bytes("batchBytes", 512...(16 << 20)).map(Int.init) ?? plan.batchBytes
        plan.inFlight = try section.int("inFlight", 1...1000) ?? plan.inFlight
        plan.atMostBytes = try section.bytes("atMost", (1 << 20)...(1 << 44))
        plan.storedBytes = try section.bytes("stored", 0...AppendHeadlinePlan.storedMaximum) ?? plan.storedBytes
        plan.isSustained = try section.bool("sustained") ?? plan.isSustained
        plan.engineNanoseconds = try section.duration("engine") ?? plan.engineNanoseconds
        plan.warmUpNanoseconds = try section.duration("warmUp") ?? plan.warmUpNanoseconds
        plan.steadyWaitNanoseconds = try section.duration("steadyWait") ?? (plan.isSustained ? fillingNanoseconds : phases.steadyWaitNanoseconds)
        if plan.isSustained, plan.steadyWaitNanoseconds < fillingLeastNanoseconds {
            throw section.error("steadyWait", "‘\(section.dotted("steadyWait"))’ is the time for the page cache to fill, with ‘sustained’: at least 10s, or leave it out")
        }
        plan.steadyNanoseconds = try section.duration("steady") ?? plan.steadyNanoseconds
        plan.ceilingNanoseconds = try section.duration("ceiling") ?? plan.ceilingNanoseconds
        return plan
    }
}

extension PageCacheHeadlinePlan {
    static func read(_ top: ProfileSection) throws(ProfileError) -> PageCacheHeadlinePlan? {
        let keys = ["logBytes", "recordBytes", "readahead", "knownPercent", "warmUp", "memory", "lag"]
        guard let section = try top.section("pageCache", keys: keys) else { return nil }
        var plan = PageCacheHeadlinePlan()
        plan.logBytes = try section.bytes("logBytes", (1 << 20)...(1 << 40)) ?? plan.logBytes
        plan.recordBytes = try section.bytes("recordBytes", 32...(1 << 20)).map(Int.init)
        plan.readAhead = try section.choice("readahead", PageCacheHeadlinePlan.ReadAhead.self) ?? plan.readAhead
        plan.knownPercent = try section.list("knownPercent") { (node, name) throws(ProfileError) in
            guard let percent = node.text.flatMap({ Int($0) }), (1...99).contains(percent) else { throw node.place.error("‘\(name)’ must be a whole number from 1 to 99") }
            return percent
        } ?? plan.knownPercent
        plan.warmUp = try section.bool("warmUp") ?? plan.warmUp
        plan.memoryBytes = try section.bytes("memory", (96 << 20)...(1 << 40))
        plan.lag = try CacheLagPlan.read(section)
        if plan.lag != nil, plan.memoryBytes == nil {
            throw section.error("lag", "‘headlines.pageCache.lag’ needs ‘headlines.pageCache.memory’: what a reader lags behind by is measured in caches")
        }
        return plan
    }
}

extension CacheLagPlan {
    static func read(_ top: ProfileSection) throws(ProfileError) -> CacheLagPlan? {
        guard let section = try top.section("lag", keys: ["shares", "live", "rate", "recordBytes", "fetchBytes", "steady"]) else { return nil }
        var plan = CacheLagPlan()
        plan.shares = try section.list("shares") { (node, name) throws(ProfileError) in
            guard let share = node.text.flatMap({ parseNumber($0) }), (0.01...64).contains(share) else { throw node.place.error("‘\(name)’ must be a number from 0.01 to 64") }
            return share
        } ?? plan.shares
        if plan.shares.isEmpty { throw section.error("shares", "‘\(section.dotted("shares"))’ has no values") }
        plan.liveShare = try section.number("live")
        if let share = plan.liveShare, !(0.01...64).contains(share) { throw section.error("live", "‘\(section.dotted("live"))’ must be a number from 0.01 to 64") }
        plan.recordsPerSecond = try section.number("rate") ?? plan.recordsPerSecond
        plan.recordBytes = try section.bytes("recordBytes", 32...(1 << 20)).map(Int.init) ?? plan.recordBytes
        plan.fetchBytes = try section.bytes("fetchBytes", (16 << 10)...(16 << 20)) ?? plan.fetchBytes
        plan.steadyNanoseconds = try section.duration("steady") ?? plan.steadyNanoseconds
        if plan.steadyNanoseconds < 1_000_000_000 { throw section.error("steady", "‘\(section.dotted("steady"))’ must be at least 1s") }
        return plan
    }
}

extension ZeroCopyHeadlinePlan {
    static func read(_ top: ProfileSection) throws(ProfileError) -> ZeroCopyHeadlinePlan? {
        let keys = ["logBytes", "data", "fetchBytes", "consumers", "rate", "pairs", "slice", "modes", "bareSplice", "placement", "seed"]
        guard let section = try top.section("zeroCopy", keys: keys) else { return nil }
        var plan = ZeroCopyHeadlinePlan()
        plan.logBytes = try section.bytes("logBytes", (1 << 20)...(1 << 40)) ?? plan.logBytes
        plan.data = try section.choice("data", Data.self) ?? plan.data
        plan.fetchBytes = try section.bytes("fetchBytes", (16 << 10)...(16 << 20)) ?? plan.fetchBytes
        plan.consumers = try section.int("consumers", 1...64) ?? plan.consumers
        plan.bytesPerSecond = try section.bytes("rate", (1 << 20)...(1 << 40))
        plan.pairs = try section.int("pairs", 2...1000) ?? plan.pairs
        plan.sliceNanoseconds = try section.duration("slice") ?? plan.sliceNanoseconds
        plan.modes = try section.list("modes", ListenerPlan.read) ?? plan.modes
        plan.bareSplice = try section.bool("bareSplice") ?? plan.bareSplice
        plan.placement = try section.choice("placement", Placement.self) ?? plan.placement
        plan.seed = try section.int("seed", 0...Int.max).map(UInt64.init) ?? plan.seed
        guard plan.modes.contains(where: { $0.transfer == .copy }), plan.modes.contains(where: \.isZeroCopy) else {
            throw section.error("modes", "‘headlines.zeroCopy.modes’ needs at least one zero-copy mode and one copy mode")
        }
        if plan.bareSplice, !plan.modes.contains(where: { $0.transfer == .splice }) {
            throw section.error("bareSplice", "‘headlines.zeroCopy.bareSplice’ is held against the mode splice, which ‘headlines.zeroCopy.modes’ lacks")
        }
        if plan.data == .disk, plan.bytesPerSecond != nil {
            throw section.error("rate", "‘headlines.zeroCopy.rate’ holds data that are in memory to one rate: leave it out with ‘data: disk’")
        }
        return plan
    }
}

extension PlacementHeadlinePlan {
    /// - Parameter phases: its durations hold where the headline names none.
    static func read(_ top: ProfileSection, _ phases: PhasesPlan) throws(ProfileError) -> PlacementHeadlinePlan? {
        guard let section = try top.section("placement", keys: ["cells", "warmUp", "steady"]) else { return nil }
        var plan = PlacementHeadlinePlan()
        plan.cells = try section.list("cells") { (node, name) throws(ProfileError) in
            try ProfileSection.choice(node, name, Cell.self)
        } ?? plan.cells
        plan.warmUpNanoseconds = try section.duration("warmUp") ?? phases.warmUpNanoseconds
        plan.steadyNanoseconds = try section.duration("steady") ?? phases.steadyNanoseconds
        return plan
    }
}
