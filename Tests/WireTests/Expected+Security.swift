// What the golden frames of authentication and access rules say, by hand.
import Wire

extension Expected {
    @Sendable static func saslHandshakeRequest(_: Int16, _ variant: Variant) -> SaslHandshakeRequest {
        SaslHandshakeRequest(mechanism: variant == .full ? "SCRAM-SHA-512" : "")
    }

    @Sendable static func saslHandshakeResponse(_: Int16, _ variant: Variant) -> SaslHandshakeResponse {
        switch variant {
        case .full: SaslHandshakeResponse(errorCode: .unsupportedSaslMechanism, mechanisms: ["PLAIN", long])
        case .empty: SaslHandshakeResponse(mechanisms: [])
        case .small: SaslHandshakeResponse(mechanisms: three(""))
        }
    }

    @Sendable static func saslAuthenticateRequest(_: Int16, _ variant: Variant) -> SaslAuthenticateRequest {
        SaslAuthenticateRequest(authBytes: variant == .full ? batch : [])
    }

    @Sendable static func saslAuthenticateResponse(_ version: Int16, _ variant: Variant) -> SaslAuthenticateResponse {
        guard variant == .full else { return SaslAuthenticateResponse() }
        return SaslAuthenticateResponse(
            errorCode: .saslAuthenticationFailed, errorMessage: "no", authBytes: batch,
            sessionLifetimeMilliseconds: version >= 1 ? 1 << 40 : 0)
    }

    private static let fullBinding = ACLBinding(
        resourceType: 2, resourceName: "orders", patternType: 4, principal: "User:α", host: "*", operation: 3, permissionType: 2)
    private static let emptyBinding = ACLBinding(
        resourceType: 0, resourceName: "", principal: "", host: "", operation: 0, permissionType: 0)
    private static let fullFilter = ACLFilter(
        resourceType: 5, resourceName: "txn", patternType: 4, principal: "User:β", host: "::1", operation: 4, permissionType: 3)
    private static let emptyFilter = ACLFilter(resourceType: 0, operation: 0, permissionType: 0)

    @Sendable static func describeAclsRequest(_: Int16, _ variant: Variant) -> DescribeAclsRequest {
        DescribeAclsRequest(filter: variant == .full ? fullFilter : emptyFilter)
    }

    @Sendable static func describeAclsResponse(_: Int16, _ variant: Variant) -> DescribeAclsResponse {
        guard variant == .full else {
            let rule = DescribeAclsResponse.Rule(principal: "", host: "", operation: 0, permissionType: 0)
            let resource = DescribeAclsResponse.Resource(resourceType: 0, resourceName: "", acls: three(rule))
            return DescribeAclsResponse(resources: variant == .small ? three(resource) : [])
        }
        return DescribeAclsResponse(
            throttleMilliseconds: 1101, errorCode: .clusterAuthorizationFailed, errorMessage: "not you",
            resources: [
                .init(resourceType: 3, resourceName: "readers", patternType: 4, acls: [
                    .init(principal: "User:α", host: "10.0.0.1", operation: 8, permissionType: 3),
                    .init(principal: "User:*", host: "*", operation: 2, permissionType: 2),
                ]),
                .init(resourceType: 2, resourceName: long, acls: []),
            ])
    }

    @Sendable static func createAclsRequest(_: Int16, _ variant: Variant) -> CreateAclsRequest {
        guard variant == .full else { return CreateAclsRequest(creations: variant == .small ? three(emptyBinding) : []) }
        var second = emptyBinding
        second.resourceName = long
        return CreateAclsRequest(creations: [fullBinding, second])
    }

    @Sendable static func createAclsResponse(_: Int16, _ variant: Variant) -> CreateAclsResponse {
        guard variant == .full else { return CreateAclsResponse(results: variant == .small ? three(.init()) : []) }
        return CreateAclsResponse(
            throttleMilliseconds: 1102, results: [.init(errorCode: .invalidRequest, errorMessage: "no such operation"), .init()])
    }

    @Sendable static func deleteAclsRequest(_: Int16, _ variant: Variant) -> DeleteAclsRequest {
        switch variant {
        case .full: DeleteAclsRequest(filters: [fullFilter, emptyFilter])
        case .empty: DeleteAclsRequest(filters: [])
        case .small: DeleteAclsRequest(filters: three(emptyFilter))
        }
    }

    @Sendable static func deleteAclsResponse(_: Int16, _ variant: Variant) -> DeleteAclsResponse {
        guard variant == .full else {
            let result = DeleteAclsResponse.FilterResult(matchingAcls: three(.init(binding: emptyBinding)))
            return DeleteAclsResponse(filterResults: variant == .small ? three(result) : [])
        }
        return DeleteAclsResponse(
            throttleMilliseconds: 1103,
            filterResults: [
                .init(matchingAcls: [
                    .init(binding: fullBinding), .init(errorCode: .kafkaStorageError, errorMessage: "disk", binding: emptyBinding),
                ]),
                .init(errorCode: .clusterAuthorizationFailed, errorMessage: "not you"),
            ])
    }

    @Sendable static func describeUserScramCredentialsRequest(
        _: Int16, _ variant: Variant
    ) -> DescribeUserScramCredentialsRequest {
        switch variant {
        case .full: DescribeUserScramCredentialsRequest(users: ["alice", long])
        case .empty: DescribeUserScramCredentialsRequest(users: nil)
        case .small: DescribeUserScramCredentialsRequest(users: three(""))
        }
    }

    @Sendable static func describeUserScramCredentialsResponse(
        _: Int16, _ variant: Variant
    ) -> DescribeUserScramCredentialsResponse {
        guard variant == .full else {
            let result = DescribeUserScramCredentialsResponse.Result(user: "", credentials: three(.init(mechanism: 0, iterations: 0)))
            return DescribeUserScramCredentialsResponse(results: variant == .small ? three(result) : [])
        }
        return DescribeUserScramCredentialsResponse(
            throttleMilliseconds: 1104, errorCode: .clusterAuthorizationFailed, errorMessage: "not you",
            results: [
                .init(user: "alice", credentials: [.init(mechanism: 1, iterations: 4096), .init(mechanism: 2, iterations: 8192)]),
                .init(user: long, errorCode: .resourceNotFound, errorMessage: "nobody"),
            ])
    }

    @Sendable static func alterUserScramCredentialsRequest(_: Int16, _ variant: Variant) -> AlterUserScramCredentialsRequest {
        guard variant == .full else {
            guard variant == .small else { return AlterUserScramCredentialsRequest() }
            return AlterUserScramCredentialsRequest(
                deletions: three(.init(name: "", mechanism: 0)),
                upsertions: three(.init(name: "", mechanism: 0, iterations: 0, salt: [], saltedPassword: [])))
        }
        return AlterUserScramCredentialsRequest(
            deletions: [.init(name: "bob", mechanism: 2), .init(name: long, mechanism: 1)],
            upsertions: [
                .init(
                    name: "alice", mechanism: 1, iterations: 4096, salt: Array(batch[..<16]), saltedPassword: Array(batch[16..<48]))
            ])
    }

    @Sendable static func alterUserScramCredentialsResponse(_: Int16, _ variant: Variant) -> AlterUserScramCredentialsResponse {
        guard variant == .full else {
            return AlterUserScramCredentialsResponse(results: variant == .small ? three(.init(user: "")) : [])
        }
        return AlterUserScramCredentialsResponse(
            throttleMilliseconds: 1105,
            results: [.init(user: "alice", errorCode: .unacceptableCredential, errorMessage: "too few"), .init(user: long)])
    }
}
