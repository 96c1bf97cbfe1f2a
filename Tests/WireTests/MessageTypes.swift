// Which types read and write each API's bodies. The golden tests and the fuzzer of Scripts/fuzz go through this
// table, and its switches are complete: an API that is not in them does not compile.
import Wire

extension APIKey {
    var requestType: any WireMessage.Type {
        switch self {
        case .produce: ProduceRequest.self
        case .fetch: FetchRequest.self
        case .listOffsets: ListOffsetsRequest.self
        case .metadata: MetadataRequest.self
        case .apiVersions: ApiVersionsRequest.self
        case .createTopics: CreateTopicsRequest.self
        case .deleteTopics: DeleteTopicsRequest.self
        case .deleteRecords: DeleteRecordsRequest.self
        case .initProducerID: InitProducerIDRequest.self
        case .describeConfigs: DescribeConfigsRequest.self
        case .describeClientQuotas: DescribeClientQuotasRequest.self
        case .alterClientQuotas: AlterClientQuotasRequest.self
        }
    }

    var responseType: any WireMessage.Type {
        switch self {
        case .produce: ProduceResponse.self
        case .fetch: FetchResponse.self
        case .listOffsets: ListOffsetsResponse.self
        case .metadata: MetadataResponse.self
        case .apiVersions: ApiVersionsResponse.self
        case .createTopics: CreateTopicsResponse.self
        case .deleteTopics: DeleteTopicsResponse.self
        case .deleteRecords: DeleteRecordsResponse.self
        case .initProducerID: InitProducerIDResponse.self
        case .describeConfigs: DescribeConfigsResponse.self
        case .describeClientQuotas: DescribeClientQuotasResponse.self
        case .alterClientQuotas: AlterClientQuotasResponse.self
        }
    }
}
