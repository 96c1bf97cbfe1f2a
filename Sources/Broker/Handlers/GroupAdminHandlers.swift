// DescribeGroups, ListGroups and DeleteGroups: what administrators ask of groups.
internal import Bytes
internal import Coordination
internal import Vocabulary
internal import Wire

extension ClientConnection {
    func describeGroups(_ request: DescribeGroupsRequest, _ header: RequestHeaderView) {
        let access = access
        answer(header, from: Broker.groupsHome) { shard, reply in
            reply(
                DescribeGroupsResponse(
                    groups: request.groups.map { name in
                        guard access.isAuthorized(.describe, .group(name)) else {
                            return .init(errorCode: .groupAuthorizationFailed, groupID: name)
                        }
                        if let refusal = shard.groupDriver.refusal(of: name) { return .init(errorCode: ErrorCode(refusal), groupID: name) }
                        var group = DescribeGroupsResponse.Group(shard.groupDriver.describe(name))
                        if request.includeAuthorizedOperations { group.authorizedOperations = access.groupOperations(name) }
                        return group
                    }))
        }
    }

    func listGroups(_ request: ListGroupsRequest, _ header: RequestHeaderView) {
        let access = access
        answer(header, from: Broker.groupsHome) { shard, reply in
            if let refusal = shard.groupDriver.refusalOfAll { return reply(ListGroupsResponse(errorCode: ErrorCode(refusal), groups: [])) }
            let wanted = Set(request.states.map { $0.lowercased() })
            let states = Set(GroupState.allCases.filter { wanted.contains($0.rawValue.lowercased()) })
            // A state that no group can be in is asked for in vain; it is not the same as asking for any.
            let found = !wanted.isEmpty && states.isEmpty ? [] : shard.groupDriver.list(states: states)
            let seesAll = access.isAuthorized(.describe, .cluster)
            reply(
                ListGroupsResponse(
                    groups: found.filter { seesAll || access.isAuthorized(.describe, .group($0.group)) }.map {
                        .init(groupID: $0.group, protocolType: $0.protocolType, state: $0.state.rawValue)
                    }))
        }
    }

    func deleteGroups(_ request: DeleteGroupsRequest, _ header: RequestHeaderView) {
        let access = access
        answer(header, from: Broker.groupsHome) { shard, reply in
            let gather = DeleteGroupsGather(request.groups, reply)
            for (number, name) in request.groups.enumerated() {
                guard access.isAuthorized(.delete, .group(name)) else {
                    gather.put(number, .groupAuthorizationFailed)
                    continue
                }
                if let refusal = shard.groupDriver.refusal(of: name) {
                    gather.put(number, ErrorCode(refusal))
                    continue
                }
                shard.groupDriver.ask { .deleteGroup(name, $0) } answer: {
                    guard case .deleteGroup(let error) = $0 else { preconditionFailure("\($0) answers no DeleteGroups") }
                    gather.put(number, ErrorCode(error))
                }
            }
            gather.seal()
        }
    }
}

/// A response that fills as deletions are in the log; touched by the groups' loop only.
private final class DeleteGroupsGather {
    private var response: DeleteGroupsResponse
    private let reply: (DeleteGroupsResponse) -> Void
    /// Results to come, and one more until all are asked for.
    private var awaited: Int

    init(_ names: [String], _ reply: @escaping (DeleteGroupsResponse) -> Void) {
        response = DeleteGroupsResponse(results: names.map { .init(groupID: $0) })
        awaited = names.count + 1
        self.reply = reply
    }

    func put(_ number: Int, _ error: ErrorCode) {
        response.results[number].errorCode = error
        seal()
    }

    func seal() {
        awaited -= 1
        if awaited == 0 { reply(response) }
    }
}

extension Access {
    /// What the client may do to a group, a bit for each operation by its number.
    fileprivate func groupOperations(_ name: String) -> Int32 {
        let allowed = [Operation.read, .delete, .describe].filter { isAuthorized($0, .group(name)) }
        return allowed.reduce(0) { $0 | 1 << Int32($1.rawValue) }
    }
}

extension DescribeGroupsResponse.Group {
    fileprivate init(_ group: GroupDescription) {
        self.init(
            groupID: group.group, state: group.state.rawValue, protocolType: group.protocolType, protocolData: group.protocolName,
            members: group.members.map {
                .init(
                    memberID: $0.id, instanceID: $0.instanceID, clientID: $0.clientID, clientHost: $0.clientHost, metadata: $0.metadata,
                    assignment: $0.assignment)
            })
    }
}
