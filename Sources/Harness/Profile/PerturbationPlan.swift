// `perturb:` in a profile: what is done to the broker on purpose, and when.
internal import Client

package struct PerturbationPlan: Equatable, Sendable {
    package enum Action: Equatable, Sendable {
        /// The broker's process is stopped (SIGSTOP) for so long.
        case pause(nanoseconds: UInt64)
        /// The page cache of the load's log files is dropped.
        case dropCache
        /// The broker's process is killed (SIGKILL) and so much later started again, on the same ports and data. The page cache
        /// outlives it, so whatever it had written is there.
        case kill(restartAfterNanoseconds: UInt64)
        /// Beside the load connections are opened at this rate, asked for API versions and closed, for so long.
        case churn(connectionsPerSecond: Double, nanoseconds: UInt64)
        /// Members of the groups leave and come back, one after the other, so many of both a second, for so long.
        case memberChurn(changesPerSecond: Double, nanoseconds: UInt64)
        /// The broker reads and writes its disk no faster, for so long.
        case diskLimit(bytesPerSecond: Int64, nanoseconds: UInt64)
        /// The file system of the data directory takes no write and ends no sync for so long.
        case freeze(nanoseconds: UInt64)
    }
    /// From the start of the steady phase.
    package var atNanoseconds: UInt64
    package var action: Action

    /// At the least: a broker that was killed serves again when it has recovered.
    package var nanoseconds: UInt64 {
        switch action {
        case .pause(let nanoseconds), .kill(let nanoseconds), .churn(_, let nanoseconds), .memberChurn(_, let nanoseconds),
            .diskLimit(_, let nanoseconds), .freeze(let nanoseconds):
            nanoseconds
        case .dropCache: 0
        }
    }

    /// Whether it needs a broker that the run has started.
    package var needsOwnBroker: Bool {
        switch action {
        case .churn, .memberChurn: false
        case .pause, .dropCache, .kill, .diskLimit, .freeze: true
        }
    }

    var needsMembers: Bool { if case .memberChurn = action { true } else { false } }

    /// Errors that are part of it, by name.
    package var expectedErrors: [String] { if case .kill = action { ClientError.namesOfAbsence } else { [] } }

    private static let keys = ["at", "pause", "dropCache", "kill", "restartAfter", "churn", "memberChurn", "diskLimit", "freeze", "for"]
    private static let longestNanoseconds: UInt64 = 60_000_000_000
    private static let connectionsPerSecondMaximum = 10_000.0
    private static let changesPerSecondMaximum = 100.0

    /// Of the first steady phase, in the order of their times.
    static func read(_ top: ProfileSection, steadyNanoseconds: UInt64) throws(ProfileError) -> [PerturbationPlan] {
        let plans = try list(top, within: "phases.steady", steadyNanoseconds: steadyNanoseconds)
        if !plans.isEmpty, !top.has("producers") { throw top.error("perturb", "‘perturb’ disturbs the load of ‘producers’, which is missing") }
        if !plans.isEmpty, top.has("gate") { throw top.error("perturb", "a comparison of builds is not disturbed: no ‘perturb’ with ‘gate’") }
        return plans
    }

    /// In the order of their times.
    ///
    /// - Parameters:
    ///   - owner: has `perturb`.
    ///   - steady: the key that says how long the phase is.
    static func list(_ owner: ProfileSection, within steady: String, steadyNanoseconds: UInt64) throws(ProfileError) -> [PerturbationPlan] {
        let plans: [PerturbationPlan] = try owner.list("perturb") { (node, name) throws(ProfileError) -> PerturbationPlan in
            let section = try ProfileSection(node, path: name, keys: keys)
            let at = try section.required("at", try section.duration("at"))
            let plan = PerturbationPlan(atNanoseconds: at, action: try readAction(section))
            guard at.addingReportingOverflow(plan.nanoseconds).partialValue < steadyNanoseconds, at < steadyNanoseconds else {
                throw section.error("at", "‘\(name)’ must end within ‘\(steady)’")
            }
            return plan
        } ?? []
        let sorted = plans.sorted { $0.atNanoseconds < $1.atNanoseconds }
        for (one, next) in zip(sorted, sorted.dropFirst()) where one.atNanoseconds + one.nanoseconds > next.atNanoseconds {
            throw owner.error("perturb", "‘\(owner.dotted("perturb"))’ has one that begins before another has ended")
        }
        return sorted
    }

    private static func readAction(_ section: ProfileSection) throws(ProfileError) -> Action {
        let pause = try section.duration("pause")
        let drops = try section.bool("dropCache") ?? false
        let kills = try section.bool("kill") ?? false
        let restartAfter = try section.duration("restartAfter")
        let churn = try section.number("churn")
        let members = try section.number("memberChurn")
        let limit = try section.bytes("diskLimit", (1 << 16)...(1 << 40))
        let freeze = try section.duration("freeze")
        let length = try section.duration("for")
        if let freeze { try check(section, "freeze", freeze, from: 1_000_000, "1ms") }
        if let pause { try check(section, "pause", pause, from: 1_000_000, "1ms") }
        if let restartAfter {
            try check(section, "restartAfter", restartAfter, from: 0, "0s")
            if !kills { throw section.error("restartAfter", "‘\(section.dotted("restartAfter"))’ belongs to ‘kill: true’") }
        }
        if let length {
            try check(section, "for", length, from: 100_000_000, "100ms")
            if churn == nil, members == nil, limit == nil {
                throw section.error("for", "‘\(section.dotted("for"))’ belongs to ‘churn’, ‘memberChurn’ and ‘diskLimit’")
            }
        }
        if let members {
            guard members <= changesPerSecondMaximum else { throw section.error("memberChurn", "‘\(section.dotted("memberChurn"))’ must be at most 100 changes a second") }
            guard length != nil else { throw section.error("memberChurn", "‘\(section.dotted("memberChurn"))’ needs ‘for’: how long") }
        }
        if let churn {
            guard churn <= connectionsPerSecondMaximum else { throw section.error("churn", "‘\(section.dotted("churn"))’ must be at most 10000 connections a second") }
            guard length != nil else { throw section.error("churn", "‘\(section.dotted("churn"))’ needs ‘for’: how long") }
        }
        if limit != nil, length == nil { throw section.error("diskLimit", "‘\(section.dotted("diskLimit"))’ needs ‘for’: how long") }
        var actions: [Action] = []
        if let pause { actions.append(.pause(nanoseconds: pause)) }
        if drops { actions.append(.dropCache) }
        if kills { actions.append(.kill(restartAfterNanoseconds: restartAfter ?? 0)) }
        if let churn, let length { actions.append(.churn(connectionsPerSecond: churn, nanoseconds: length)) }
        if let members, let length { actions.append(.memberChurn(changesPerSecond: members, nanoseconds: length)) }
        if let limit, let length { actions.append(.diskLimit(bytesPerSecond: limit, nanoseconds: length)) }
        if let freeze { actions.append(.freeze(nanoseconds: freeze)) }
        guard actions.count == 1 else {
            throw section.place.error("‘\(section.path)’ must have one of ‘pause: 200ms’, ‘dropCache: true’, ‘kill: true’, ‘churn: 200’, ‘memberChurn: 0.5’, ‘diskLimit: 20MiB’ and ‘freeze: 500ms’")
        }
        return actions[0]
    }

    private static func check(_ section: ProfileSection, _ key: String, _ value: UInt64, from least: UInt64, _ text: String) throws(ProfileError) {
        guard !(least...longestNanoseconds).contains(value) else { return }
        throw section.error(key, "‘\(section.dotted(key))’ must be from \(text) to 60s")
    }
}
