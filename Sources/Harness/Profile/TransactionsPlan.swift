// `transactions:` in a profile: how a group's records are cut into transactions.

package struct TransactionsPlan: Equatable, Sendable {
    /// After so many records of a lane its transaction ends.
    package var records = 1_000
    /// So long after its first record it ends at the latest.
    package var nanoseconds: UInt64 = 100_000_000
    /// Of all transactions, those that are aborted on purpose.
    package var abortShare = 0.0
    package init() {}
}

extension TransactionsPlan {
    /// nil when the key is absent.
    static func read(_ section: ProfileSection) throws(ProfileError) -> TransactionsPlan? {
        guard let section = try section.section("transactions", keys: ["records", "every", "abort"]) else { return nil }
        var plan = TransactionsPlan()
        plan.records = try section.int("records", 1...1_000_000) ?? plan.records
        plan.nanoseconds = try section.duration("every") ?? plan.nanoseconds
        guard (1_000_000...30_000_000_000).contains(plan.nanoseconds) else {
            throw section.error("every", "‘\(section.dotted("every"))’ must be from 1ms to 30s: brokers abort what stays open for a minute")
        }
        plan.abortShare = try section.value("abort", "a share such as 5%") { fraction(of: $0) } ?? plan.abortShare
        return plan
    }
}
