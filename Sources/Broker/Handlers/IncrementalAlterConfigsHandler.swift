// IncrementalAlterConfigs: some settings of a topic, of this broker or of all brokers change, the others stay.
internal import Bytes
internal import StorageEngine
internal import Wire

extension ClientConnection {
    func incrementalAlterConfigs(_ request: IncrementalAlterConfigsRequest, _ header: RequestHeaderView) {
        let version = header.version
        let changes = request.resources.map { resource in
            ConfigChange(
                resource: ResourceKey(type: resource.resourceType, name: resource.resourceName), edit: .change(resource.configs))
        }
        change(changes, validateOnly: request.validateOnly, header) { outcomes, writer in
            let responses = outcomes.map { outcome in
                IncrementalAlterConfigsResponse.Resource(
                    errorCode: outcome.refusal?.errorCode ?? .none, errorMessage: outcome.refusal?.message,
                    resourceType: outcome.resource.type, resourceName: outcome.resource.name)
            }
            IncrementalAlterConfigsResponse(responses: responses).encode(into: &writer, version: version)
        }
    }
}
