// `group:` in a profile: readers that are members of a consumer group, and share its partitions as the group decides.
internal import Client

package struct GroupPlan: Equatable, Sendable {
    package enum Assignor: String, Sendable, CaseIterable {
        case range
        case roundRobin = "round-robin"
        case cooperative
    }
    package var assignor = Assignor.range
    /// In nanoseconds, as are the others.
    package var session: UInt64 = 10_000_000_000
    package var heartbeat: UInt64 = 3_000_000_000
    package var commit: UInt64 = 5_000_000_000
    package init() {}

    func configuration(name: String) -> GroupConfiguration {
        var configuration = GroupConfiguration(name: name)
        configuration.assignor = switch assignor {
        case .range: .range
        case .roundRobin: .roundRobin
        case .cooperative: .cooperativeSticky
        }
        configuration.sessionTimeoutMilliseconds = Int32(clamping: session / 1_000_000)
        configuration.heartbeatNanoseconds = heartbeat
        configuration.commitNanoseconds = commit
        return configuration
    }
}

extension GroupPlan {
    private static let longestSession: UInt64 = 1_800_000_000_000

    /// nil when the key is absent.
    static func read(_ section: ProfileSection) throws(ProfileError) -> GroupPlan? {
        guard let section = try section.section("group", keys: ["assignor", "session", "heartbeat", "commit"]) else { return nil }
        var plan = GroupPlan()
        plan.assignor = try section.choice("assignor", Assignor.self) ?? plan.assignor
        plan.session = try section.duration("session") ?? plan.session
        plan.heartbeat = try section.duration("heartbeat") ?? min(plan.heartbeat, plan.session / 3)
        plan.commit = try section.duration("commit") ?? plan.commit
        guard (1_000_000_000...longestSession).contains(plan.session) else { throw section.error("session", "‘\(section.dotted("session"))’ must be from 1s to 30m") }
        guard plan.heartbeat >= 10_000_000, plan.heartbeat < plan.session else {
            throw section.error("heartbeat", "‘\(section.dotted("heartbeat"))’ must be from 10ms to less than the session")
        }
        guard plan.commit >= 10_000_000 else { throw section.error("commit", "‘\(section.dotted("commit"))’ must be at least 10ms") }
        return plan
    }
}

extension ConsumersPlan {
    enum Isolation: String, CaseIterable {
        case uncommitted = "read-uncommitted"
        case committed = "read-committed"
    }

    /// Of its consumer group, beside the topic's name, which no two runs on somebody else's broker have in common.
    func groupName(topic: String) -> String { "\(topic)-\(label)" }
}
