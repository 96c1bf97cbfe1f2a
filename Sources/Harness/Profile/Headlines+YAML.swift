// The headline part of a profile. A headline given as `true` takes the defaults of its plan.

extension HeadlinesPlan {
    init(_ top: ProfileSection, phases: PhasesPlan) throws(ProfileError) {
        let keys = ["disk", "append", "pageCache", "zeroCopy", "placement", "ask"]
        guard let section = try top.section("headlines", keys: keys) else { return }
        disk = try DiskHeadlinePlan.read(section)
        append = try AppendHeadlinePlan.read(section, phases)
        pageCache = try PageCacheHeadlinePlan.read(section)
        zeroCopy = try ZeroCopyHeadlinePlan.read(section)
        placement = try PlacementHeadlinePlan.read(section, phases)
        ask = try section.list("ask") { (node, name) throws(ProfileError) in try ProfileSection.choice(node, name, Inquiry.self) } ?? []
        if Set(ask).count < ask.count { throw section.error("ask", "‘headlines.ask’ has one question twice") }
    }
}

extension DiskHeadlinePlan {
    static func read(_ top: ProfileSection) throws(ProfileError) -> DiskHeadlinePlan? {
        guard let section = try top.section("disk", keys: ["perItem"]) else { return nil }
        var plan = DiskHeadlinePlan()
        plan.perItemNanoseconds = try section.duration("perItem") ?? plan.perItemNanoseconds
        return plan
    }
}

extension AppendHeadlinePlan {
    /// - Parameter phases: its wait for a steady state holds where the headline names none.
    static func read(_ top: ProfileSection, _ phases: PhasesPlan) throws(ProfileError) -> AppendHeadlinePlan? {
        let keys = ["heights", "producers", "recordBytes", "batchBytes", "inFlight", "atMost", "engine", "warmUp", "steadyWait", "steady", "ceiling"]
        guard let section = try top.section("append", keys: keys) else { return nil }
        var plan = AppendHeadlinePlan()
        plan.heights = try section.list("heights") { (node, name) throws(ProfileError) in
            try ProfileSection.choice(node, name, Height.self)
        } ?? plan.heights
        plan.producers = try section.int("producers", 1...256) ?? plan.producers
        plan.recordBytes = try section.bytes("recordBytes", 32...(1 << 20)).map(Int.init) ?? plan.recordBytes
        plan.batchBytes = try section.bytes("batchBytes", 512...(16 << 20)).map(Int.init) ?? plan.batchBytes
        plan.inFlight = try section.int("inFlight", 1...1000) ?? plan.inFlight
        plan.atMostBytes = try section.bytes("atMost", (1 << 20)...(1 << 44)) ?? plan.atMostBytes
        plan.engineNanoseconds = try section.duration("engine") ?? plan.engineNanoseconds
        plan.warmUpNanoseconds = try section.duration("warmUp") ?? plan.warmUpNanoseconds
        plan.steadyWaitNanoseconds = try section.duration("steadyWait") ?? phases.steadyWaitNanoseconds
        plan.steadyNanoseconds = try section.duration("steady") ?? plan.steadyNanoseconds
        plan.ceilingNanoseconds = try section.duration("ceiling") ?? plan.ceilingNanoseconds
        return plan
    }
}

extension PageCacheHeadlinePlan {
    static func read(_ top: ProfileSection) throws(ProfileError) -> PageCacheHeadlinePlan? {
        guard let section = try top.section("pageCache", keys: ["logBytes", "recordBytes"]) else { return nil }
        var plan = PageCacheHeadlinePlan()
        plan.logBytes = try section.bytes("logBytes", (1 << 20)...(1 << 40)) ?? plan.logBytes
        plan.recordBytes = try section.bytes("recordBytes", 32...(1 << 20)).map(Int.init) ?? plan.recordBytes
        return plan
    }
}

extension ZeroCopyHeadlinePlan {
    static func read(_ top: ProfileSection) throws(ProfileError) -> ZeroCopyHeadlinePlan? {
        let keys = ["logBytes", "pairs", "slice", "modes", "placement", "seed"]
        guard let section = try top.section("zeroCopy", keys: keys) else { return nil }
        var plan = ZeroCopyHeadlinePlan()
        plan.logBytes = try section.bytes("logBytes", (1 << 20)...(1 << 40)) ?? plan.logBytes
        plan.pairs = try section.int("pairs", 2...1000) ?? plan.pairs
        plan.sliceNanoseconds = try section.duration("slice") ?? plan.sliceNanoseconds
        plan.modes = try section.list("modes", ListenerPlan.read) ?? plan.modes
        plan.placement = try section.choice("placement", Placement.self) ?? plan.placement
        plan.seed = try section.int("seed", 0...Int.max).map(UInt64.init) ?? plan.seed
        guard plan.modes.contains(where: { $0.transfer == .copy }), plan.modes.contains(where: { $0.transfer != .copy }) else {
            throw section.error("modes", "‘headlines.zeroCopy.modes’ needs at least one zero-copy mode and one copy mode")
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
