// InitProducerId: an identity for a producer's sequences and, with a transactional id, for its transactions.
internal import Bytes
internal import Coordination
internal import StorageEngine
internal import Vocabulary
internal import Wire

extension ClientConnection {
    /// Without a transactional id every call gives a new id at epoch 0; with one the coordinator decides.
    func initProducerID(_ request: Wire.InitProducerIDRequest, _ header: RequestHeaderView) {
        let answer = expectAnswer(header, of: InitProducerIDResponse.self)
        if let refusal = refusal(of: request) {
            shard.counters.add(.errors)
            return answer(InitProducerIDResponse(errorCode: refusal))
        }
        let broker = broker
        let version = header.version
        broker.control.enqueue {
            do throws(StorageError) {
                let unused = try broker.storage.allocateProducerID()
                guard let transactionalID = request.transactionalID else {
                    return answer(InitProducerIDResponse(producerID: unused, producerEpoch: 0))
                }
                let asked = Coordination.InitProducerIDRequest(
                    transactionalID: transactionalID, timeoutMilliseconds: request.transactionTimeoutMilliseconds,
                    expected: request.stamp, unusedProducerID: unused, apiVersion: version)
                broker.transactions.ask(transactionalID) { .initProducerID(asked, $0) } _: { outcome in
                    answer(
                        InitProducerIDResponse(
                            errorCode: outcome.errorCode, producerID: outcome.stamp?.producerID ?? -1,
                            producerEpoch: outcome.stamp?.producerEpoch ?? -1))
                }
            } catch {
                broker.log.error("no producer id can be had: \(error)")
                answer(InitProducerIDResponse(errorCode: ErrorCode(error)))
            }
        }
    }

    private func refusal(of request: Wire.InitProducerIDRequest) -> ErrorCode? {
        if let transactionalID = request.transactionalID {
            guard isAuthorized(.write, .transactionalID(transactionalID)) else { return .transactionalIDAuthorizationFailed }
        } else if !isAuthorized(.idempotentWrite, .cluster), !access.isAuthorizedForAny(.write, .topic) {
            // Who may write somewhere may do so idempotently (KIP-679).
            return .clusterAuthorizationFailed
        }
        // Half an identity is none.
        return (request.producerID < 0) == (request.producerEpoch < 0) ? nil : .invalidRequest
    }
}

extension Wire.InitProducerIDRequest {
    /// Who the producer believes to be; nil for a new one.
    fileprivate var stamp: ProducerStamp? {
        producerID < 0 ? nil : ProducerStamp(producerID: producerID, producerEpoch: producerEpoch)
    }
}
