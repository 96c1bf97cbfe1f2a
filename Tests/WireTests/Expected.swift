// What the golden frames say, by hand: the small messages. A field that a version does not carry has its default.
import Vocabulary
import Wire

/// The values of Tests/Golden/generate.py in Swift.
enum Expected {
    static let id = TopicID(high: 0x0011_2233_4455_6677, low: 0x8899_aabb_ccdd_eeff)
    static let long = String(repeating: "n", count: 200)
    static let batch = (0..<512).map { UInt8(truncatingIfNeeded: $0) }

    @Sendable static func apiVersionsRequest(_ version: Int16, _ variant: Variant) -> ApiVersionsRequest {
        guard variant == .full, version >= 3 else { return ApiVersionsRequest() }
        return ApiVersionsRequest(clientSoftwareName: "tidemark", clientSoftwareVersion: "1.2.3")
    }

    @Sendable static func apiVersionsResponse(_ version: Int16, _ variant: Variant) -> ApiVersionsResponse {
        guard variant == .full else {
            let range = ApiVersionsResponse.APIRange(apiKey: 0, minimum: 0, maximum: 0)
            return ApiVersionsResponse(apiKeys: variant == .small ? [range, range, range] : [])
        }
        var response = ApiVersionsResponse(
            errorCode: .unsupportedVersion,
            apiKeys: [.init(apiKey: 0, minimum: 3, maximum: 9), .init(apiKey: 18, minimum: 1, maximum: 4)])
        if version >= 1 { response.throttleMilliseconds = 1001 }
        guard version >= 3 else { return response }
        response.supportedFeatures = [.init(name: "kraft.version", minimum: 2, maximum: 5)]
        response.finalizedFeaturesEpoch = 77
        response.finalizedFeatures = [.init(name: "metadata.version", maximumLevel: 21, minimumLevel: 20)]
        response.zkMigrationReady = true
        return response
    }

    @Sendable static func initProducerIDRequest(_ version: Int16, _ variant: Variant) -> InitProducerIDRequest {
        guard variant == .full else {
            return InitProducerIDRequest(transactionalID: nil, transactionTimeoutMilliseconds: 0)
        }
        var request = InitProducerIDRequest(transactionalID: "txn-2", transactionTimeoutMilliseconds: 60001)
        if version >= 3 {
            request.producerID = 1 << 45
            request.producerEpoch = 21
        }
        return request
    }

    @Sendable static func initProducerIDResponse(_: Int16, _ variant: Variant) -> InitProducerIDResponse {
        guard variant == .full else { return InitProducerIDResponse() }
        return InitProducerIDResponse(
            throttleMilliseconds: 1008, errorCode: .concurrentTransactions, producerID: 1 << 46, producerEpoch: 22)
    }

    @Sendable static func listOffsetsRequest(_ version: Int16, _ variant: Variant) -> ListOffsetsRequest {
        guard variant == .full else {
            let partition = ListOffsetsRequest.Partition(partitionIndex: 0, timestamp: ListOffsetsRequest.latestTimestamp)
            let topic = ListOffsetsRequest.Topic(name: "", partitions: three(partition))
            return ListOffsetsRequest(topics: variant == .small ? three(topic) : [])
        }
        return ListOffsetsRequest(
            isolationLevel: version >= 2 ? 1 : 0,
            topics: [
                .init(name: "orders", partitions: [
                    .init(partitionIndex: 2, currentLeaderEpoch: version >= 4 ? 6 : -1, timestamp: 1_700_000_000_002),
                    .init(partitionIndex: 3, timestamp: ListOffsetsRequest.maxTimestamp),
                ]),
                .init(name: long, partitions: []),
            ])
    }

    @Sendable static func listOffsetsResponse(_ version: Int16, _ variant: Variant) -> ListOffsetsResponse {
        guard variant == .full else {
            let topic = ListOffsetsResponse.Topic(name: "", partitions: three(.init(partitionIndex: 0)))
            return ListOffsetsResponse(topics: variant == .small ? three(topic) : [])
        }
        return ListOffsetsResponse(
            throttleMilliseconds: version >= 2 ? 1007 : 0,
            topics: [
                .init(name: "orders", partitions: [
                    .init(
                        partitionIndex: 2, errorCode: .notLeaderOrFollower, timestamp: 1_700_000_000_003,
                        offset: 1 << 44, leaderEpoch: version >= 4 ? 8 : -1)
                ]),
                .init(name: long, partitions: []),
            ])
    }

    static func three<Element>(_ element: Element) -> [Element] { [element, element, element] }
}
