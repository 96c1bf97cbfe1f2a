// Whether every key is in one partition only: a keyed load, and every partition read for its keys.
internal import Client
internal import Foundation
internal import Measurement
internal import Results
internal import Topology
internal import Vocabulary

struct KeysInquiry: HeadlineMeasurement {
    let records: Int

    var name: String { "keys" }

    private static let keys = 5_000, partitions = 8, recordBytes = 128

    func cost(_ profile: Profile, machine: MachineDescription) -> HeadlineCost {
        HeadlineCost(loadNanoseconds: UInt64(records) * 20_000, diskBytes: Int64(records * Self.recordBytes * 2) + Int64(Self.partitions) * profile.topic.segmentBytes, assumption: nil)
    }

    func run(_ context: RunContext) throws {
        guard context.external == nil else { throw HarnessError.impossible("‘headlines.ask: [keys]’ needs a broker that the run started") }
        let broker = try context.startBroker(context.profile.broker, label: name)
        defer { context.stop(broker) }
        var load = LoadPlan(context.profile, label: "fill \(name)", topic: name)
        load.topicPlan.partitions = Self.partitions
        load.producers.mode = .max
        load.producers.recordsPerSecond = nil
        // Two of them: each partitions by itself.
        load.producers.count = 2
        load.producers.recordBytes = Self.recordBytes
        load.producers.batchBytes = 16_384
        load.producers.keys = .uniform(Self.keys)
        load.producers.partitioner = .murmur2
        load.consumers = nil
        load.byteBudget = Int64(records * Self.recordBytes)
        load.headline = name
        _ = try context.fill(load, on: broker.target)
        let (placed, several) = try read(broker.target, context)
        context.record.metrics += [
            .measured("keys", Double(placed), unit: "count", polarity: .neutral, note: "in \(Self.partitions) partitions, by two producers"),
            .measured("keys_in_several_partitions", Double(several), unit: "count", polarity: .lowerIsBetter),
        ]
        try context.publish()
    }

    /// - Returns: keys that were found, and those found in more than one partition.
    private func read(_ target: BrokerTarget, _ context: RunContext) throws -> (placed: Int, several: Int) {
        let cluster = try Cluster([target.address], target.connection)
        let topic = try cluster.topic(name)
        let spans = try cluster.bounds(of: topic).map { TopicSpan(partition: $0.key, from: $0.value.lowerBound, until: $0.value.upperBound) }
        let reader = try TopicReader(cluster, topic, spans, committedOnly: false)
        var place: [String: Int32] = [:]
        var several: Set<String> = []
        while !reader.isDone {
            try context.checkInterruption()
            _ = try reader.readOnce { record in
                guard let key = record.key.map({ String(decoding: $0, as: UTF8.self) }) else { return true }
                if let known = place[key], known != record.partition { several.insert(key) }
                place[key] = record.partition
                return true
            }
        }
        return (place.count, several.count)
    }
}
