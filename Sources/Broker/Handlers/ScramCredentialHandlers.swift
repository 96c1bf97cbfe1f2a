// DescribeUserScramCredentials and AlterUserScramCredentials (KIP-554).
internal import Bytes
internal import Security
internal import StorageEngine
internal import Vocabulary
internal import Wire

extension ClientConnection {
    func describeUserScramCredentials(_ request: DescribeUserScramCredentialsRequest, _ header: RequestHeaderView) {
        let response = describe(request)
        answer(header) { response.encode(into: &$0, version: header.version) }
    }

    private func describe(_ request: DescribeUserScramCredentialsRequest) -> DescribeUserScramCredentialsResponse {
        guard isAuthorized(.describe, .cluster) else { return .init(errorCode: .clusterAuthorizationFailed, results: []) }
        let book = broker.credentials.book
        let wanted = request.users ?? []
        let counts = Dictionary(wanted.map { ($0, 1) }, uniquingKeysWith: +)
        let names = wanted.isEmpty ? book.names : counts.keys.sorted()
        return .init(
            results: names.map { name in
                if counts[name, default: 1] > 1 {
                    return .init(user: name, errorCode: .duplicateResource, errorMessage: "the user stands in the request more than once")
                }
                let credentials = book.credentials(of: name)
                guard !credentials.isEmpty else {
                    return .init(user: name, errorCode: .resourceNotFound, errorMessage: "the user has no SCRAM credential")
                }
                return .init(
                    user: name,
                    credentials: credentials.map { .init(mechanism: $0.mechanism.rawValue, iterations: Int32($0.iterations)) })
            })
    }

    func alterUserScramCredentials(_ request: AlterUserScramCredentialsRequest, _ header: RequestHeaderView) {
        let version = header.version
        guard isAuthorized(.alter, .cluster) else {
            let names = Set(request.deletions.map(\.name) + request.upsertions.map(\.name)).sorted()
            let response = AlterUserScramCredentialsResponse(
                results: names.map { .init(user: $0, errorCode: .clusterAuthorizationFailed) })
            return answer(header) { response.encode(into: &$0, version: version) }
        }
        let broker = broker
        answerLater(header) {
            var change = CredentialChange(request, broker.credentials.book)
            do throws(StorageError) {
                if change.book != broker.credentials.book { try broker.credentials.publish(change.book) }
            } catch { change.fail(error) }
            for user in change.changed { broker.log.info("credentials changed of user \(user.debugDescription)") }
            return change.response
        } encode: { _, response, writer in
            response.encode(into: &writer, version: version)
        }
    }
}

/// What a request makes of the credentials. A user with a mistake keeps what it has; the others get theirs.
private struct CredentialChange {
    private(set) var book: CredentialBook
    private var faults: [String: (error: ErrorCode, why: String)] = [:]
    private let names: [String]

    init(_ request: AlterUserScramCredentialsRequest, _ book: CredentialBook) {
        self.book = book
        names = Set(request.deletions.map(\.name) + request.upsertions.map(\.name)).sorted()
        findRepetitions(request)
        for deletion in request.deletions { check(deletion) }
        var made: [ScramCredential?] = []
        for upsertion in request.upsertions { made.append(check(upsertion)) }
        for deletion in request.deletions where faults[deletion.name] == nil {
            if let mechanism = ScramMechanism(rawValue: deletion.mechanism) { _ = self.book.remove(mechanism, of: deletion.name) }
        }
        for (upsertion, credential) in zip(request.upsertions, made) where faults[upsertion.name] == nil {
            if let credential { self.book.set(credential, of: upsertion.name) }
        }
    }

    private mutating func findRepetitions(_ request: AlterUserScramCredentialsRequest) {
        var seen: [String: Set<Int8>] = [:]
        for (name, mechanism) in request.deletions.map({ ($0.name, $0.mechanism) }) + request.upsertions.map({ ($0.name, $0.mechanism) })
        where !seen[name, default: []].insert(mechanism).inserted {
            faults[name] = (.duplicateResource, "a credential can be altered once in a request")
        }
    }

    private mutating func refuse(_ name: String, _ error: ErrorCode, _ why: String) {
        if faults[name] == nil { faults[name] = (error, why) }
    }

    private mutating func check(_ deletion: AlterUserScramCredentialsRequest.Deletion) {
        guard let mechanism = ScramMechanism(rawValue: deletion.mechanism) else {
            return refuse(deletion.name, .unsupportedSaslMechanism, "SCRAM mechanism \(deletion.mechanism) is unknown")
        }
        if book.credential(of: deletion.name, mechanism) == nil {
            refuse(deletion.name, .resourceNotFound, "the user has no credential for \(mechanism.name)")
        }
    }

    private mutating func check(_ upsertion: AlterUserScramCredentialsRequest.Upsertion) -> ScramCredential? {
        let (name, iterations) = (upsertion.name, Int(upsertion.iterations))
        guard let mechanism = ScramMechanism(rawValue: upsertion.mechanism) else {
            refuse(name, .unsupportedSaslMechanism, "SCRAM mechanism \(upsertion.mechanism) is unknown")
            return nil
        }
        if name.isEmpty || name.utf8.count > CredentialBook.userLimitBytes {
            refuse(name, .unacceptableCredential, "a user's name has 1 to \(CredentialBook.userLimitBytes) bytes")
        }
        let limits = ScramCredential.iterationLimits
        if !limits.contains(iterations) {
            refuse(name, .unacceptableCredential, "\(iterations) iterations; \(limits.lowerBound) to \(limits.upperBound) are accepted")
            return nil
        }
        if !ScramCredential.saltLimits.contains(upsertion.salt.count) {
            refuse(name, .unacceptableCredential, "a salt has 1 to \(ScramCredential.saltLimits.upperBound) bytes")
        }
        let made = ScramCredential(
            mechanism: mechanism, salt: upsertion.salt, iterations: iterations, saltedPassword: upsertion.saltedPassword)
        if made == nil { refuse(name, .unacceptableCredential, "a salted password of \(mechanism.name) has \(mechanism.hashBytes) bytes") }
        return made
    }

    /// Nothing was changed.
    mutating func fail(_ error: StorageError) {
        for name in names { refuse(name, ErrorCode(error), "\(error)") }
    }

    var changed: [String] { names.filter { faults[$0] == nil } }

    var response: AlterUserScramCredentialsResponse {
        AlterUserScramCredentialsResponse(
            results: names.map { .init(user: $0, errorCode: faults[$0]?.error ?? .none, errorMessage: faults[$0]?.why) })
    }
}
