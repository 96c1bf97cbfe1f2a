// DescribeClientQuotas and AlterClientQuotas.
internal import Bytes
internal import StorageEngine
internal import Vocabulary
internal import Wire

extension ClientConnection {
    func describeClientQuotas(_ request: DescribeClientQuotasRequest, _ header: RequestHeaderView) {
        let response = describeClientQuotas(request)
        answer(header) { response.encode(into: &$0, version: header.version) }
    }

    private func describeClientQuotas(_ request: DescribeClientQuotasRequest) -> DescribeClientQuotasResponse {
        guard isAuthorized(.describeConfigs, .cluster) else {
            return DescribeClientQuotasResponse(errorCode: .clusterAuthorizationFailed, entries: nil)
        }
        do {
            let filter = try QuotaFilter(request)
            let entries = broker.quotas.table.limits.filter { filter.matches($0.key) }.map { entity, limits in
                DescribeClientQuotasResponse.Entry(
                    entity: entity.parts,
                    values: QuotaKind.allCases.compactMap { kind in limits[kind].map { .init(key: kind.rawValue, value: Double($0)) } })
            }
            return DescribeClientQuotasResponse(entries: entries)
        } catch {
            return DescribeClientQuotasResponse(errorCode: error.code, errorMessage: error.why, entries: nil)
        }
    }

    func alterClientQuotas(_ request: AlterClientQuotasRequest, _ header: RequestHeaderView) {
        let version = header.version
        guard isAuthorized(.alterConfigs, .cluster) else {
            let entries = request.entries.map { AlterClientQuotasResponse.Entry(errorCode: .clusterAuthorizationFailed, entity: $0.entity) }
            return answer(header) { AlterClientQuotasResponse(entries: entries).encode(into: &$0, version: version) }
        }
        let broker = broker
        answerLater(header) {
            alter(request, in: broker)
        } encode: { _, entries, writer in
            AlterClientQuotasResponse(entries: entries).encode(into: &writer, version: version)
        }
    }
}

/// Why quotas are not what a request says.
private struct QuotaRefusal: Error {
    var code = ErrorCode.invalidRequest
    let why: String
}

/// Changes what can be changed, on the disk first. On the control thread, so that no two changes meet.
private func alter(_ request: AlterClientQuotasRequest, in broker: Broker) -> [AlterClientQuotasResponse.Entry] {
    let before = broker.quotas.table
    var table = before
    var seen: Set<QuotaEntity> = []
    var entries = request.entries.map { entry in
        do throws(QuotaRefusal) {
            let entity = try QuotaEntity(entry.entity)
            guard seen.insert(entity).inserted else { throw QuotaRefusal(why: "the entity stands in the request more than once") }
            var changed = table
            for operation in entry.operations { try changed.apply(operation, to: entity) }
            table = changed
            return AlterClientQuotasResponse.Entry(entity: entry.entity)
        } catch {
            return AlterClientQuotasResponse.Entry(errorCode: error.code, errorMessage: error.why, entity: entry.entity)
        }
    }
    guard !request.validateOnly, table != before else { return entries }
    do throws(StorageError) {
        try broker.storage.writeSettings(.clientQuotas, table.lines)
        broker.quotas.replace(table)
        broker.log.info("client quotas changed; \(table.limits.count) entities have some")
    } catch {
        broker.log.error("client quotas can't be changed: \(error)")
        for index in entries.indices where entries[index].errorCode == .none {
            entries[index] = .init(errorCode: ErrorCode(error), errorMessage: "\(error)", entity: entries[index].entity)
        }
    }
    return entries
}

extension QuotaTable {
    fileprivate mutating func apply(_ operation: AlterClientQuotasRequest.Operation, to entity: QuotaEntity) throws(QuotaRefusal) {
        guard let kind = QuotaKind(rawValue: operation.key) else {
            let known = QuotaKind.allCases.map(\.rawValue).joined(separator: " and ")
            throw QuotaRefusal(why: "there is no quota \(operation.key) here; there are \(known)")
        }
        if operation.removes { return set(kind, nil, of: entity) }
        guard let limit = Int64(exactly: operation.value), limit > 0 else {
            throw QuotaRefusal(why: "\(operation.key)=\(operation.value): a whole number of bytes a second above 0 is expected")
        }
        set(kind, limit, of: entity)
    }
}

extension QuotaEntity {
    fileprivate init(_ parts: [QuotaEntityPart]) throws(QuotaRefusal) {
        self.init()
        guard !parts.isEmpty else { throw QuotaRefusal(why: "the entity is empty") }
        for part in parts {
            guard part.name != "" else { throw QuotaRefusal(why: "an empty \(part.type) has no quota") }
            let name = part.name.map(Name.named) ?? .byDefault
            switch part.type {
            case QuotaEntityPart.user where user == nil: user = name
            case QuotaEntityPart.clientID where clientID == nil: clientID = name
            case QuotaEntityPart.user, QuotaEntityPart.clientID:
                throw QuotaRefusal(why: "\(part.type) stands in the entity more than once")
            default: throw QuotaRefusal(why: "entity type \"\(part.type)\" is neither user nor client-id")
            }
        }
    }

    fileprivate var parts: [QuotaEntityPart] {
        [(QuotaEntityPart.user, user), (QuotaEntityPart.clientID, clientID)].compactMap { type, name in
            switch name {
            case nil: nil
            case .byDefault: QuotaEntityPart(type: type, name: nil)
            case .named(let name): QuotaEntityPart(type: type, name: name)
            }
        }
    }
}

/// Which entities DescribeClientQuotas shows.
private struct QuotaFilter {
    private enum Match {
        case exactly(QuotaEntity.Name)
        case any
    }

    private var user: Match?
    private var clientID: Match?
    private let isStrict: Bool

    init(_ request: DescribeClientQuotasRequest) throws(QuotaRefusal) {
        isStrict = request.isStrict
        for component in request.components {
            let match = try Self.match(component)
            switch component.entityType {
            case QuotaEntityPart.user where user == nil: user = match
            case QuotaEntityPart.clientID where clientID == nil: clientID = match
            case QuotaEntityPart.user, QuotaEntityPart.clientID:
                throw QuotaRefusal(why: "entity type \(component.entityType) stands in the filter more than once")
            default:
                throw QuotaRefusal(code: .unsupportedVersion, why: "entity type \"\(component.entityType)\" is neither user nor client-id")
            }
        }
    }

    private static func match(_ component: DescribeClientQuotasRequest.Component) throws(QuotaRefusal) -> Match {
        switch (component.matchType, component.match) {
        case (DescribeClientQuotasRequest.Component.exact, let name?): .exactly(.named(name))
        case (DescribeClientQuotasRequest.Component.isDefault, nil): .exactly(.byDefault)
        case (DescribeClientQuotasRequest.Component.any, nil): .any
        default: throw QuotaRefusal(why: "match type \(component.matchType) with\(component.match == nil ? "out" : "") a name says nothing")
        }
    }

    func matches(_ entity: QuotaEntity) -> Bool { matches(user, entity.user) && matches(clientID, entity.clientID) }

    private func matches(_ match: Match?, _ name: QuotaEntity.Name?) -> Bool {
        switch match {
        case nil: !isStrict || name == nil
        case .any: name != nil
        case .exactly(let wanted): name == wanted
        }
    }
}
