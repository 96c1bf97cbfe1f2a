// What a client may do to a resource, as answers tell it: a bit for each operation.
internal import Vocabulary

extension Access {
    /// The operations that there are on a resource.
    private static func operations(of type: ResourceType) -> [Operation] {
        switch type {
        case .topic: [.read, .write, .create, .delete, .alter, .describe, .describeConfigs, .alterConfigs]
        case .cluster: [.create, .alter, .describe, .clusterAction, .describeConfigs, .alterConfigs, .idempotentWrite]
        case .group: [.read, .delete, .describe]
        case .transactionalID: [.write, .describe]
        case .any: []
        }
    }

    /// Bit n is set for the operation n that is allowed; none where the client may not even describe the resource.
    func operations(on resource: Resource) -> Int32 {
        guard isAuthorized(.describe, resource) else { return 0 }
        return Access.operations(of: resource.type).reduce(0) { bits, operation in
            isAuthorized(operation, resource) ? bits | 1 << Int32(operation.rawValue) : bits
        }
    }
}
