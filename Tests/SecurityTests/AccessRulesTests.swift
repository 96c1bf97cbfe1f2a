import Security
import Testing
import Vocabulary

@Suite struct AccessRulesTests {
    private func rule(
        _ permission: Permission, _ operation: Operation, _ name: String, _ pattern: PatternType = .literal,
        type: ResourceType = .topic, principal: String = "User:a", host: String = "*"
    ) -> AccessRule {
        AccessRule(
            resourceType: type, name: name, pattern: pattern, principal: principal, host: host, operation: operation, permission: permission)
    }

    private func decide(
        _ rules: [AccessRule], _ operation: Operation, _ resource: Resource, principal: String = "User:a", host: String = "10.0.0.1"
    ) -> AccessDecision {
        AccessRules(Set(rules)).decision(principal, from: host, operation, resource)
    }

    @Test func `a denial beats every allowance, whichever pattern it has`() {
        let allowances = [
            rule(.allow, .all, "orders"), rule(.allow, .all, "*"), rule(.allow, .all, "ord", .prefixed),
            rule(.allow, .read, "orders", principal: "User:*"),
        ]
        #expect(decide(allowances, .read, .topic("orders")) == .allowed)
        for denial in [
            rule(.deny, .read, "orders"), rule(.deny, .all, "orders"), rule(.deny, .read, "*"), rule(.deny, .read, "o", .prefixed),
            rule(.deny, .read, "orders", principal: "User:*"), rule(.deny, .read, "orders", host: "10.0.0.1"),
        ] {
            #expect(decide(allowances + [denial], .read, .topic("orders")) == .denied, "\(denial)")
        }
        for harmless in [
            rule(.deny, .write, "orders"), rule(.deny, .read, "order"), rule(.deny, .read, "orders-", .prefixed),
            rule(.deny, .read, "orders", type: .group), rule(.deny, .read, "orders", principal: "User:b"),
            rule(.deny, .read, "orders", host: "10.0.0.2"),
        ] {
            #expect(decide(allowances + [harmless], .read, .topic("orders")) == .allowed, "\(harmless)")
        }
    }

    @Test func `what nobody allows is denied, and a resource without rules is told apart`() {
        let rules = [rule(.allow, .read, "orders"), rule(.allow, .read, "in-", .prefixed)]
        #expect(decide(rules, .write, .topic("orders")) == .denied)
        #expect(decide(rules, .read, .topic("orders"), principal: "User:b") == .denied)
        #expect(decide(rules, .read, .topic("in-x"), principal: "User:b") == .denied)
        #expect(decide(rules, .read, .topic("other")) == .noRule)
        #expect(decide(rules, .read, .group("orders")) == .noRule)
        #expect(decide(rules, .read, .topic("in")) == .noRule)
        #expect(decide([], .read, .cluster) == .noRule)
    }

    @Test func `reading, writing, deleting and altering imply describing; denying them does not deny it`() {
        for operation in [Operation.read, .write, .delete, .alter] {
            #expect(decide([rule(.allow, operation, "t")], .describe, .topic("t")) == .allowed, "\(operation)")
            #expect(decide([rule(.deny, operation, "t"), rule(.allow, .describe, "t")], .describe, .topic("t")) == .allowed)
        }
        #expect(decide([rule(.allow, .alterConfigs, "t")], .describeConfigs, .topic("t")) == .allowed)
        for operation in [Operation.create, .describeConfigs, .clusterAction, .idempotentWrite] {
            #expect(decide([rule(.allow, operation, "t")], .describe, .topic("t")) == .denied, "\(operation)")
        }
        for implied in [Operation.read, .write, .alter, .delete, .create] {
            #expect(decide([rule(.allow, .describe, "t")], implied, .topic("t")) == .denied, "\(implied)")
        }
    }

    @Test func `a prefix is one in bytes and of any length`() {
        let rules = [rule(.allow, .read, "α", .prefixed, type: .group), rule(.allow, .read, String(repeating: "x", count: 300), .prefixed, type: .group)]
        #expect(decide(rules, .read, .group("αβ")) == .allowed)
        #expect(decide(rules, .read, .group("α")) == .allowed)
        // Two bytes of this are no character.
        #expect(decide(rules, .read, .group("€")) == .noRule)
        #expect(decide(rules, .read, .group(String(repeating: "x", count: 299))) == .noRule)
        #expect(decide(rules, .read, .group(String(repeating: "x", count: 301))) == .allowed)
    }

    @Test func `any resource is allowed where one pattern is that no denial covers`() {
        func any(_ rules: [AccessRule]) -> Bool { AccessRules(Set(rules)).allowsAny("User:a", from: "h", .write, .topic) }
        #expect(!any([]))
        #expect(!any([rule(.allow, .read, "t"), rule(.allow, .write, "t", type: .group), rule(.allow, .write, "t", principal: "User:b")]))
        #expect(any([rule(.allow, .write, "t")]))
        #expect(any([rule(.allow, .all, "t", .prefixed), rule(.deny, .write, "t2")]))
        #expect(!any([rule(.allow, .write, "t"), rule(.deny, .write, "t")]))
        #expect(!any([rule(.allow, .write, "tt", .prefixed), rule(.deny, .write, "t", .prefixed)]))
        #expect(any([rule(.allow, .write, "t", .prefixed), rule(.deny, .write, "tt", .prefixed)]))
        #expect(!any([rule(.allow, .write, "t"), rule(.deny, .write, "*")]))
        #expect(any([rule(.allow, .write, "*"), rule(.deny, .write, "t")]))
    }

    @Test func `a filter finds what it names`() {
        let orders = rule(.allow, .read, "orders")
        let all = rule(.deny, .write, "*")
        let prefix = rule(.allow, .all, "ord", .prefixed, principal: "User:b", host: "h")
        let group = rule(.allow, .read, "orders", type: .group)
        func found(_ filter: AccessFilter) -> Set<AccessRule> { Set([orders, all, prefix, group].filter(filter.matches)) }
        #expect(found(AccessFilter()) == [orders, all, prefix, group])
        #expect(found(AccessFilter(resourceType: .topic, name: "orders", pattern: .match)) == [orders, all, prefix])
        #expect(found(AccessFilter(resourceType: .topic, name: "orders", pattern: .literal)) == [orders])
        #expect(found(AccessFilter(name: "orders", pattern: .any)) == [orders, group])
        #expect(found(AccessFilter(name: "orders", pattern: .prefixed)) == [])
        #expect(found(AccessFilter(pattern: .prefixed)) == [prefix])
        #expect(found(AccessFilter(principal: "User:b")) == [prefix])
        #expect(found(AccessFilter(host: "h")) == [prefix])
        #expect(found(AccessFilter(operation: .read)) == [orders, group])
        #expect(found(AccessFilter(permission: .deny)) == [all])
    }

    @Test func `rules that can't be are named`() {
        var wrong = rule(.allow, .read, "kafka", type: .cluster)
        #expect(wrong.fault == "the cluster's only name is kafka-cluster")
        wrong.name = "kafka-cluster"
        #expect(wrong.fault == nil)
        for principal in ["", "alice", ":alice", "User:"] { #expect(rule(.allow, .read, "t", principal: principal).fault != nil) }
        #expect(rule(.allow, .read, "").fault == "the resource has no name")
        #expect(rule(.allow, .any, "t").fault != nil && rule(.any, .read, "t").fault != nil)
        #expect(rule(.allow, .read, "t", .match).fault != nil && rule(.allow, .read, "t", type: .any).fault != nil)
        #expect(rule(.allow, .read, "t", host: "").fault != nil)
    }

    @Test func `a document cut anywhere is damaged, a whole one reads back`() throws {
        let rules = AccessRules([
            rule(.allow, .read, "orders"), rule(.deny, .all, "α", .prefixed, type: .group, principal: "User:β", host: "::1"),
        ])
        let bytes = rules.encode()
        #expect(try AccessRules(decoding: bytes).all == rules.all)
        for count in bytes.indices {
            #expect(throws: SecurityDocumentError.self, "cut at \(count)") { try AccessRules(decoding: Array(bytes[..<count])) }
        }
        for index in 2..<bytes.count {
            for value in [UInt8(0), 0x80, 0xff, 0x7f] {
                var wrong = bytes
                wrong[index] = value
                _ = try? AccessRules(decoding: wrong)
            }
        }
        #expect(throws: SecurityDocumentError.damaged("access rules")) { try AccessRules(decoding: bytes + [0]) }
    }
}
