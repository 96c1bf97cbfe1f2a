// DescribeLogDirs: the data directories, and how many bytes of which partition are in them.
internal import Bytes
internal import StorageEngine
internal import Vocabulary
internal import Wire

extension ClientConnection {
    /// Every shard tells of its own logs, the control thread of the volumes: asking for those may wait for a disk.
    func describeLogDirs(_ request: DescribeLogDirsRequest, _ header: RequestHeaderView) {
        let version = header.version
        guard isAuthorized(.describe, .cluster) else {
            return answer(header) {
                DescribeLogDirsResponse(errorCode: .clusterAuthorizationFailed, results: []).encode(into: &$0, version: version)
            }
        }
        var wanted: [String: Set<Int32>]?
        if let topics = request.topics {
            wanted = Dictionary(topics.map { ($0.name, Set($0.partitions)) }) { $0.union($1) }
        }
        let gather = LogDirsGather()
        let slot = wait()
        slot.expect(broker.shardCount + 1)
        let correlationID = header.correlationID
        slot.prepare = { parts in
            parts.begin(.describeLogDirs, version, correlationID)
            gather.response.encode(into: &parts.bytes, version: version)
            parts.end()
        }
        gather.slot = slot
        let shared = LoopBound(gather)
        let (broker, asking, chosen) = (broker, shard.index, wanted)
        for index in 0..<broker.shardCount {
            broker.post(to: index) { there in
                let found = there.logSizes(of: chosen)
                there.broker.post(to: asking) { _ in shared.value.take(found) }
            }
        }
        broker.control.enqueue {
            let volumes = broker.storage.volumes()
            broker.post(to: asking) { _ in shared.value.take(volumes) }
        }
    }
}

/// One log as its shard tells of it.
private struct LogSize: Sendable {
    let directory: String
    let partition: TopicPartition
    let sizeBytes: Int64
    let offsetLag: Int64
}

/// A response that comes together; touched by the asking shard only.
private final class LogDirsGather {
    var slot: RequestSlot?
    private var volumes: [DataVolume] = []
    private var sizes: [LogSize] = []

    func take(_ found: [LogSize]) {
        sizes += found
        slot?.finishOne()
    }

    func take(_ found: [DataVolume]) {
        volumes = found
        slot?.finishOne()
    }

    var response: DescribeLogDirsResponse {
        let byDirectory = Dictionary(grouping: sizes, by: \.directory)
        return DescribeLogDirsResponse(
            results: volumes.map { volume in
                guard !volume.isOffline else { return .init(errorCode: .kafkaStorageError, path: volume.path) }
                let topics = Dictionary(grouping: byDirectory[volume.path] ?? [], by: \.partition.topic)
                return .init(
                    path: volume.path,
                    topics: topics.sorted { $0.key < $1.key }.map { name, sizes in
                        .init(
                            name: name,
                            partitions: sizes.sorted { $0.partition.partition < $1.partition.partition }.map {
                                .init(partitionIndex: $0.partition.partition, sizeBytes: $0.sizeBytes, offsetLag: $0.offsetLag)
                            })
                    }, totalBytes: volume.totalBytes, usableBytes: volume.freeBytes)
            })
    }
}

extension Shard {
    /// Of this shard's partitions, those that are asked for; nil: all of them.
    fileprivate func logSizes(of wanted: [String: Set<Int32>]?) -> [LogSize] {
        ownPartitions().compactMap { partition in
            if let wanted, wanted[partition.topic]?.contains(partition.partition) != true { return nil }
            guard case .here(let here) = place(topic(partition.topic), partition.partition), here.log.outage == nil else { return nil }
            return LogSize(
                directory: here.log.dataDirectoryPath, partition: partition, sizeBytes: here.log.sizeBytes,
                offsetLag: max(0, here.log.logEndOffset - here.log.highWatermark))
        }
    }
}
