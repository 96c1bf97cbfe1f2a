// DescribeCluster: the brokers there are, and what the client may do to all of them together.
internal import Bytes
internal import Reactor
internal import StorageEngine
internal import Vocabulary
internal import Wire

extension ClientConnection {
    func describeCluster(_ request: DescribeClusterRequest, _ header: RequestHeaderView) {
        let response = describeCluster(request)
        answer(header) { response.encode(into: &$0, version: header.version) }
    }

    private func describeCluster(_ request: DescribeClusterRequest) -> DescribeClusterResponse {
        let storage = broker.storage
        guard request.endpointType == DescribeClusterRequest.brokerEndpoints else {
            let isKnown = request.endpointType == DescribeClusterRequest.controllerEndpoints
            return DescribeClusterResponse(
                errorCode: isKnown ? .mismatchedEndpointType : .unsupportedEndpointType,
                errorMessage: isKnown ? "a broker tells of brokers, not of controllers" : "there are no endpoints of type \(request.endpointType)",
                endpointType: request.endpointType)
        }
        let endpoint = broker.endpoint(reachedBy: self)
        return DescribeClusterResponse(
            clusterID: storage.clusterID, controllerID: storage.nodeID,
            brokers: [.init(nodeID: storage.nodeID, host: endpoint.host, port: Int32(endpoint.port))],
            authorizedOperations: request.includeAuthorizedOperations ? access.operations(on: .cluster) : .min)
    }
}
