// WriteTxnMarkers: another broker's transaction coordinator ends transactions in partitions of this one.
internal import Bytes
internal import Records
internal import Vocabulary
internal import Wire

extension ClientConnection {
    /// Partitions of one request: more than a coordinator sends at once, and little enough to be kept until they are written.
    private static let markersPerRequest = 100_000

    func writeTxnMarkers(_ request: WriteTxnMarkersRequest, _ header: RequestHeaderView) {
        let count = request.markers.reduce(0) { $0 + $1.topics.reduce(0) { $0 + $1.partitions.count } }
        guard count <= Self.markersPerRequest else {
            return refuse("\(peer): \(count) transaction markers in one request; \(Self.markersPerRequest) are possible")
        }
        let version = header.version
        let isAllowed = isAuthorized(.clusterAction, .cluster)
        let gather = MarkerGather(request, isAllowed ? .none : .clusterAuthorizationFailed)
        guard count > 0, isAllowed else { return answer(header) { gather.response.encode(into: &$0, version: version) } }
        let waiting = wait()
        waiting.expect(count)
        gather.slot = waiting
        let correlationID = header.correlationID
        waiting.prepare = { parts in
            parts.begin(.writeTxnMarkers, version, correlationID)
            gather.response.encode(into: &parts.bytes, version: version)
            parts.end()
        }
        let shared = LoopBound(gather)
        let (broker, asking) = (broker, shard.index)
        for (number, asked) in request.markers.enumerated() {
            let marker = EndTransactionMarker(
                producerID: asked.producerID, producerEpoch: asked.producerEpoch, outcome: asked.isCommit ? .commit : .abort,
                coordinatorEpoch: asked.coordinatorEpoch)
            for (topicNumber, topic) in asked.topics.enumerated() {
                for (place, index) in topic.partitions.enumerated() {
                    broker.append(marker, to: TopicPartition(topic: topic.name, partition: index)) { error in
                        broker.post(to: asking) { _ in shared.value.put(number, topicNumber, place, error) }
                    }
                }
            }
        }
    }
}

/// A response that fills as markers are written; touched by the asking shard only.
private final class MarkerGather {
    var response: WriteTxnMarkersResponse
    var slot: RequestSlot?

    init(_ request: WriteTxnMarkersRequest, _ error: ErrorCode) {
        response = WriteTxnMarkersResponse(
            markers: request.markers.map { marker in
                .init(
                    producerID: marker.producerID,
                    topics: marker.topics.map { topic in
                        TopicErrors(name: topic.name, partitions: topic.partitions.map { .init(partitionIndex: $0, errorCode: error) })
                    })
            })
    }

    func put(_ marker: Int, _ topic: Int, _ place: Int, _ error: ErrorCode) {
        response.markers[marker].topics[topic].partitions[place].errorCode = error
        slot?.finishOne()
    }
}
