@testable import Coordination
import Testing

@Suite struct MemberTableTests {
    private func member(_ id: String, _ protocols: [String] = ["range"]) -> GroupMember {
        GroupMember(
            id: id, instanceID: nil, clientID: "", clientHost: "", rebalanceTimeoutMilliseconds: 0, sessionTimeoutMilliseconds: 0,
            protocols: protocols.map { GroupProtocol(name: $0, metadata: []) }, isNew: false, sessionDeadlineNanoseconds: 0)
    }

    @Test func `members are found and counted after any appends, replacements and removals`() {
        for seed in UInt64(1)...20 {
            var generator = SeededGenerator(seed: seed)
            var table = MemberTable()
            var model: [(id: String, protocols: [String])] = []
            for n in 0..<300 {
                let protocols = [["range"], ["range", "sticky"], ["sticky", "sticky"]][Int.random(in: 0..<3, using: &generator)]
                switch Int.random(in: 0..<6, using: &generator) {
                case 0 where !model.isEmpty:
                    let position = Int.random(in: 0..<model.count, using: &generator)
                    table.replace(at: position, with: member("r\(n)", protocols))
                    model[position] = ("r\(n)", protocols)
                case 1 where !model.isEmpty:
                    let position = Int.random(in: 0..<model.count, using: &generator)
                    #expect(table.remove(at: position).id == model.remove(at: position).id)
                case 2 where n % 3 == 0:
                    let digit = Character("\(Int.random(in: 0..<10, using: &generator))")
                    let removed = table.remove { $0.id.contains(digit) }
                    #expect(removed.map(\.id) == model.filter { $0.id.contains(digit) }.map(\.id))
                    model.removeAll { $0.id.contains(digit) }
                default:
                    table.append(member("m\(n)", protocols))
                    model.append(("m\(n)", protocols))
                }
                #expect(table.all.map(\.id) == model.map(\.id), "seed \(seed), step \(n)")
                #expect(model.indices.allSatisfy { table.position(of: model[$0].id) == $0 }, "seed \(seed), step \(n)")
                #expect(table.position(of: "nobody") == nil)
                for name in ["range", "sticky"] {
                    #expect(table.votes[name] ?? 0 == model.filter { $0.protocols.contains(name) }.count, "seed \(seed), step \(n)")
                }
            }
        }
    }
}
