// What the golden frames of client quotas say.
import Wire

extension Expected {
    @Sendable static func describeClientQuotasRequest(_: Int16, _ variant: Variant) -> DescribeClientQuotasRequest {
        typealias Component = DescribeClientQuotasRequest.Component
        guard variant == .full else {
            let component = Component(entityType: "", matchType: Component.isDefault)
            return DescribeClientQuotasRequest(components: variant == .small ? three(component) : [])
        }
        return DescribeClientQuotasRequest(
            components: [
                .init(entityType: QuotaEntityPart.user, matchType: Component.exact, match: "alice"),
                .init(entityType: QuotaEntityPart.clientID, matchType: Component.any),
            ], isStrict: true)
    }

    @Sendable static func describeClientQuotasResponse(_: Int16, _ variant: Variant) -> DescribeClientQuotasResponse {
        guard variant == .full else {
            let entry = DescribeClientQuotasResponse.Entry(
                entity: three(.init(type: "", name: nil)), values: three(.init(key: "", value: 0)))
            return DescribeClientQuotasResponse(entries: variant == .small ? three(entry) : nil)
        }
        return DescribeClientQuotasResponse(
            throttleMilliseconds: 1011, errorCode: .clusterAuthorizationFailed, errorMessage: "not allowed",
            entries: [
                .init(
                    entity: [.init(type: QuotaEntityPart.user, name: "alice"), .init(type: QuotaEntityPart.clientID, name: nil)],
                    values: [.init(key: "producer_byte_rate", value: 1_048_576.5), .init(key: "consumer_byte_rate", value: -0.25)]),
                .init(entity: [], values: []),
            ])
    }

    @Sendable static func alterClientQuotasRequest(_: Int16, _ variant: Variant) -> AlterClientQuotasRequest {
        guard variant == .full else {
            let entry = AlterClientQuotasRequest.Entry(
                entity: three(.init(type: "", name: nil)), operations: three(.init(key: "", value: 0)))
            return AlterClientQuotasRequest(entries: variant == .small ? three(entry) : [])
        }
        return AlterClientQuotasRequest(
            entries: [
                .init(
                    entity: [.init(type: QuotaEntityPart.clientID, name: "loader")],
                    operations: [
                        .init(key: "producer_byte_rate", value: 2.5e9),
                        .init(key: "consumer_byte_rate", value: 0, removes: true),
                    ]),
                .init(entity: [.init(type: QuotaEntityPart.user, name: nil)], operations: []),
            ], validateOnly: true)
    }

    @Sendable static func alterClientQuotasResponse(_: Int16, _ variant: Variant) -> AlterClientQuotasResponse {
        guard variant == .full else {
            let entry = AlterClientQuotasResponse.Entry(entity: three(.init(type: "", name: nil)))
            return AlterClientQuotasResponse(entries: variant == .small ? three(entry) : [])
        }
        return AlterClientQuotasResponse(
            throttleMilliseconds: 1012,
            entries: [
                .init(errorCode: .invalidRequest, errorMessage: "no such key", entity: [.init(type: QuotaEntityPart.clientID, name: "loader")]),
                .init(entity: [.init(type: QuotaEntityPart.user, name: nil)]),
            ])
    }
}
