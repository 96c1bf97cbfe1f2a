// InitProducerId: an identity for a producer's sequences.
internal import Bytes
internal import StorageEngine
internal import Wire

extension ClientConnection {
    /// Every call gives a new id at epoch 0. Transactions are refused: there is no coordinator yet.
    func initProducerID(_ request: InitProducerIDRequest, _ header: RequestHeaderView) {
        let version = header.version
        guard request.transactionalID == nil else {
            shard.counters.add(.errors)
            return answer(header) {
                InitProducerIDResponse(errorCode: .transactionalIDAuthorizationFailed).encode(into: &$0, version: version)
            }
        }
        let broker = broker
        answerLater(header) { () -> InitProducerIDResponse in
            do throws(StorageError) {
                return InitProducerIDResponse(producerID: try broker.storage.allocateProducerID(), producerEpoch: 0)
            } catch {
                broker.log.error("no producer id can be had: \(error)")
                return InitProducerIDResponse(errorCode: ErrorCode(error))
            }
        } encode: { _, response, writer in
            response.encode(into: &writer, version: version)
        }
    }
}
