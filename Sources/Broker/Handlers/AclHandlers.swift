// DescribeAcls, CreateAcls and DeleteAcls: who may see and change the rules about access.
internal import Bytes
internal import Security
internal import StorageEngine
internal import Vocabulary
internal import Wire

/// The rules are in force on every loop, and on the disk, when the answer goes.
extension ClientConnection {
    private static let noAuthorizer = "no authorizer is configured (authorizer.class.name)"
    private static let unknownFilter = "the filter has a number that stands for nothing here"

    func describeAcls(_ request: DescribeAclsRequest, _ header: RequestHeaderView) {
        let response = describe(request.filter)
        answer(header) { response.encode(into: &$0, version: header.version) }
    }

    private func describe(_ wanted: ACLFilter) -> DescribeAclsResponse {
        func refused(_ error: ErrorCode, _ message: String?) -> DescribeAclsResponse {
            .init(errorCode: error, errorMessage: message, resources: [])
        }
        guard isAuthorized(.describe, .cluster) else { return refused(.clusterAuthorizationFailed, "\(principal) may not see the access rules") }
        guard let authorizer = access.authorizer else { return refused(.securityDisabled, Self.noAuthorizer) }
        guard let filter = AccessFilter(wanted) else { return refused(.invalidRequest, Self.unknownFilter) }
        let found = authorizer.rules.all.filter(filter.matches).map(ACLBinding.init)
        let resources = Dictionary(grouping: found) { ACLResource(type: $0.resourceType, pattern: $0.patternType, name: $0.resourceName) }
        return DescribeAclsResponse(
            resources: resources.map { resource, bindings in
                .init(
                    resourceType: resource.type, resourceName: resource.name, patternType: resource.pattern,
                    acls: bindings.map {
                        .init(principal: $0.principal, host: $0.host, operation: $0.operation, permissionType: $0.permissionType)
                    })
            })
    }

    func createAcls(_ request: CreateAclsRequest, _ header: RequestHeaderView) {
        let version = header.version
        guard let authorizer = changeable(header, { error, message in
            CreateAclsResponse(results: request.creations.map { _ in .init(errorCode: error, errorMessage: message) })
        }) else { return }
        let broker = broker
        answerLater(header) {
            var rules = authorizer.rules.all
            var results: [CreateAclsResponse.Result] = []
            for creation in request.creations {
                switch AccessRule.checked(creation) {
                case .success(let rule):
                    rules.insert(rule)
                    results.append(.init())
                case .failure(let fault): results.append(.init(errorCode: .invalidRequest, errorMessage: fault.why))
                }
            }
            do throws(StorageError) { try broker.change(AccessRules(rules), of: authorizer) } catch {
                for index in results.indices where results[index].errorCode == .none {
                    results[index] = .init(errorCode: ErrorCode(error), errorMessage: "\(error)")
                }
            }
            return CreateAclsResponse(results: results)
        } encode: { _, response, writer in
            response.encode(into: &writer, version: version)
        }
    }

    func deleteAcls(_ request: DeleteAclsRequest, _ header: RequestHeaderView) {
        let version = header.version
        guard let authorizer = changeable(header, { error, message in
            DeleteAclsResponse(filterResults: request.filters.map { _ in .init(errorCode: error, errorMessage: message) })
        }) else { return }
        let broker = broker
        answerLater(header) {
            let before = authorizer.rules.all
            var rules = before
            var results: [DeleteAclsResponse.FilterResult] = []
            for wanted in request.filters {
                guard let filter = AccessFilter(wanted) else {
                    results.append(.init(errorCode: .invalidRequest, errorMessage: Self.unknownFilter))
                    continue
                }
                let found = before.filter(filter.matches)
                rules.subtract(found)
                results.append(.init(matchingAcls: found.map { .init(binding: ACLBinding($0)) }))
            }
            do throws(StorageError) { try broker.change(AccessRules(rules), of: authorizer) } catch {
                for index in results.indices where results[index].errorCode == .none {
                    results[index] = .init(errorCode: ErrorCode(error), errorMessage: "\(error)")
                }
            }
            return DeleteAclsResponse(filterResults: results)
        } encode: { _, response, writer in
            response.encode(into: &writer, version: version)
        }
    }

    /// The authorizer, when this client may change its rules; else it has its answer.
    private func changeable<Response: WireMessage>(
        _ header: RequestHeaderView, _ refused: (ErrorCode, String?) -> Response
    ) -> Authorizer? {
        let version = header.version
        guard isAuthorized(.alter, .cluster) else {
            answer(header) { refused(.clusterAuthorizationFailed, "\(principal) may not change the access rules").encode(into: &$0, version: version) }
            return nil
        }
        guard let authorizer = access.authorizer else {
            answer(header) { refused(.securityDisabled, Self.noAuthorizer).encode(into: &$0, version: version) }
            return nil
        }
        return authorizer
    }
}

extension Broker {
    /// Puts rules in force. On the control thread only, as changes must not overlap.
    fileprivate func change(_ rules: AccessRules, of authorizer: Authorizer) throws(StorageError) {
        let before = authorizer.rules.all
        guard rules.all != before else { return }
        try storage.setDocument(rules.encode(), named: AccessRules.documentName)
        authorizer.publish(rules)
        for rule in rules.all.subtracting(before) { log.info("access rule added: \(rule.sentence)") }
        for rule in before.subtracting(rules.all) { log.info("access rule deleted: \(rule.sentence)") }
    }
}

/// What rules are listed under.
private struct ACLResource: Hashable {
    let type: Int8
    let pattern: Int8
    let name: String
}

/// Why a rule can't be.
private struct AccessRuleFault: Error {
    let why: String
}

extension AccessRule {
    fileprivate static func checked(_ binding: ACLBinding) -> Result<AccessRule, AccessRuleFault> {
        guard let type = ResourceType(rawValue: binding.resourceType), let pattern = PatternType(rawValue: binding.patternType),
            let operation = Operation(rawValue: binding.operation), let permission = Permission(rawValue: binding.permissionType)
        else { return .failure(AccessRuleFault(why: "the rule has a number that stands for nothing here")) }
        let rule = AccessRule(
            resourceType: type, name: binding.resourceName, pattern: pattern, principal: binding.principal, host: binding.host,
            operation: operation, permission: permission)
        return rule.fault.map { .failure(AccessRuleFault(why: $0)) } ?? .success(rule)
    }

    /// For the log: `allow User:a from * to read topic "t"`, with what a client has written in quotation marks.
    fileprivate var sentence: String {
        let name = pattern == .prefixed ? "\(self.name)…" : self.name
        return "\(permission) \(principal.debugDescription) from \(host.debugDescription) to \(operation) \(resourceType) \(name.debugDescription)"
    }
}

extension ACLBinding {
    fileprivate init(_ rule: AccessRule) {
        self.init(
            resourceType: rule.resourceType.rawValue, resourceName: rule.name, patternType: rule.pattern.rawValue,
            principal: rule.principal, host: rule.host, operation: rule.operation.rawValue, permissionType: rule.permission.rawValue)
    }
}

extension AccessFilter {
    /// nil where a number stands for nothing here.
    fileprivate init?(_ filter: ACLFilter) {
        guard let type = ResourceType(rawValue: filter.resourceType), let pattern = PatternType(rawValue: filter.patternType),
            let operation = Operation(rawValue: filter.operation), let permission = Permission(rawValue: filter.permissionType)
        else { return nil }
        self.init(
            resourceType: type, name: filter.resourceName, pattern: pattern, principal: filter.principal, host: filter.host,
            operation: operation, permission: permission)
    }
}
