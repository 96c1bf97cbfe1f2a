// Reads records for people and scripts: one blocking fetch at a time, every codec, whoever leads the partitions.
// The measured path is `Consumer`, which hands whole batches on and never looks into them.
internal import Codecs
internal import Host
internal import Records
package import Vocabulary
internal import Wire

/// A stretch of one partition.
package struct TopicSpan: Sendable, Equatable {
    package let partition: Int32
    package let from: Offset
    /// Where reading ends, itself not read; nil: never.
    package let until: Offset?

    package init(partition: Int32, from: Offset, until: Offset?) {
        self.partition = partition
        self.from = from
        self.until = until
    }
}

/// Reads stretches of a topic's partitions. Blocks; belongs to one thread.
package final class TopicReader {
    private struct Place {
        let partition: Int32
        let until: Offset?
        var position: Offset
        var leader: Int32
        var maxBytes: Int32 = 1 << 20
        var isDone: Bool
    }

    private let cluster: Cluster
    private let topic: String
    private let isCommittedOnly: Bool
    private var places: [Place] = []
    private let decompressor = Decompressor()
    private var lastAnswerAt = MonotonicClock.now()

    /// How long a broker holds a fetch that has nothing to give.
    private static let maxWaitMilliseconds: Int32 = 500
    private static let maxAnswerBytes: Int32 = 16 << 20
    /// Of one batch's records, decompressed.
    private static let decompressedLimit = 1 << 30
    /// Brokers that are lost or have no leader are asked again for so long.
    private static let patienceNanoseconds: UInt64 = 10_000_000_000
    private static let backoffNanoseconds: UInt64 = 100_000_000

    /// - Parameter committedOnly: passes over records of open and aborted transactions.
    package init(
        _ cluster: Cluster, _ topic: ClusterMetadata.Topic, _ spans: [TopicSpan], committedOnly: Bool
    ) throws(ClientError) {
        self.cluster = cluster
        self.topic = topic.name
        isCommittedOnly = committedOnly
        for span in spans {
            guard let leader = topic.partitions.first(where: { $0.index == span.partition })?.leader else {
                throw .unknown("\(topic.name)-\(span.partition) has no leader")
            }
            let isDone = span.until.map { span.from >= $0 } ?? false
            places.append(Place(partition: span.partition, until: span.until, position: span.from, leader: leader, isDone: isDone))
        }
    }

    /// Whether everything has been read. Never, where a span has no end.
    package var isDone: Bool { places.allSatisfy(\.isDone) }

    /// One fetch at every leader that has something left to give.
    ///
    /// - Parameter take: gets each record in its partition's order; false stops the reading.
    /// - Returns: false when `take` stopped it.
    package func readOnce(_ take: (TopicRecord) -> Bool) throws(ClientError) -> Bool {
        let leaders = Set(places.filter { !$0.isDone }.map(\.leader)).sorted()
        for leader in leaders {
            do throws(ClientError) {
                guard try fetch(from: leader, waitMilliseconds: Self.maxWaitMilliseconds / Int32(leaders.count), take) else { return false }
                lastAnswerAt = MonotonicClock.now()
            } catch {
                try recover(from: error)
            }
        }
        return true
    }

    private func fetch(from leader: Int32, waitMilliseconds: Int32, _ take: (TopicRecord) -> Bool) throws(ClientError) -> Bool {
        let asked = places.filter { !$0.isDone && $0.leader == leader }.map {
            FetchRequest.Partition(partition: $0.partition, fetchOffset: $0.position, partitionMaxBytes: $0.maxBytes)
        }
        let request = FetchRequest(
            maxWaitMilliseconds: waitMilliseconds, minBytes: 1, maxBytes: Self.maxAnswerBytes,
            isolationLevel: isCommittedOnly ? 1 : 0, topics: [.init(name: topic, partitions: asked)])
        let response = try cluster.broker(leader).fetch(request)
        guard response.errorCode == .none else {
            throw .refused(response.errorCode, "fetch of \(topic)", needs: NeededAccess(.read, on: .topic(topic)))
        }
        for answer in response.topics.first?.partitions ?? [] {
            guard let place = places.firstIndex(where: { $0.partition == answer.index }) else { continue }
            guard answer.errorCode == .none else { throw try refusal(answer.errorCode, place) }
            guard try deliver(answer, to: place, take) else { return false }
        }
        return true
    }

    /// - Throws: what keeps it from finding out what could be read.
    private func refusal(_ code: ErrorCode, _ place: Int) throws(ClientError) -> ClientError {
        let name = "\(topic)-\(places[place].partition)"
        guard code == .offsetOutOfRange else {
            return .refused(code, "fetch of \(name) at offset \(places[place].position)", needs: NeededAccess(.read, on: .topic(topic)))
        }
        let found = try cluster.topic(topic)
        let partition = [places[place].partition]
        let first = try cluster.offsets(of: found, partition, at: .earliest)[partition[0]] ?? 0
        let end = try cluster.offsets(of: found, partition, at: .latest)[partition[0]] ?? 0
        return .unknown("\(name) has no offset \(places[place].position): it holds \(first) up to, not including, \(end)")
    }

    /// Waits and asks who leads now, where that may help and has not been tried for too long.
    private func recover(from error: ClientError) throws(ClientError) {
        let mayHeal =
            switch error {
            // A broker that goes away in the middle of a handshake breaks it off; one that refuses has done so before, to the cluster.
            case .connect, .security, .closed, .timedOut: true
            case .broker(let code, _): code.isRetriable
            case .unsupported, .malformed, .unknown: false
            }
        guard mayHeal, MonotonicClock.now() &- lastAnswerAt < Self.patienceNanoseconds else { throw error }
        MonotonicClock.sleep(nanoseconds: Self.backoffNanoseconds)
        cluster.disconnect()
        guard let found = try? cluster.topic(topic) else { return }
        for index in places.indices {
            let leader = found.partitions.first { $0.index == places[index].partition }?.leader
            if let leader { places[index].leader = leader }
        }
    }

    // MARK: from answer to records

    private func deliver(_ answer: FetchResponse.Partition, to place: Int, _ take: (TopicRecord) -> Bool) throws(ClientError) -> Bool {
        var aborted = AbortedBatches(answer.abortedTransactions ?? [])
        let records = answer.records ?? []
        let goesOn = try records.withUnsafeBytes { bytes in
            Result { () throws(ClientError) in try deliver(bytes, to: place, &aborted, take) }
        }.get()
        let end = isCommittedOnly ? answer.lastStableOffset : answer.highWatermark
        if let until = places[place].until, places[place].position >= until || (records.isEmpty && places[place].position >= end) {
            places[place].isDone = true
        }
        return goesOn
    }

    private func deliver(
        _ bytes: UnsafeRawBufferPointer, to place: Int, _ aborted: inout AbortedBatches, _ take: (TopicRecord) -> Bool
    ) throws(ClientError) -> Bool {
        var rest = bytes
        while rest.count > 0, !places[place].isDone {
            let batch: BatchView
            do throws(RecordError) { batch = try BatchValidation.stored(rest) } catch {
                guard case .truncated = error else { throw unreadable(place, "\(error)") }
                // A last batch that is cut short is fetched again from its start; a first one with more room.
                if rest.count == bytes.count { try askForMore(place, error) }
                return true
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[batch.size...])
            let isPassedOver = aborted.includes(batch) || batch.isControl
            if !isPassedOver, try !deliver(batch, to: place, take) { return false }
            places[place].position = max(places[place].position, batch.nextOffset)
            if let until = places[place].until, places[place].position >= until { places[place].isDone = true }
        }
        return true
    }

    private func deliver(_ batch: BatchView, to place: Int, _ take: (TopicRecord) -> Bool) throws(ClientError) -> Bool {
        guard let codec = batch.codec else { throw unreadable(place, "a codec that does not exist") }
        let records: UnsafeRawBufferPointer
        do throws(CodecError) {
            records = try decompressor.decompress(batch.records, codec, limit: Self.decompressedLimit)
        } catch { throw unreadable(place, "\(error)") }
        var iterator = RecordIterator(records)
        do throws(RecordError) {
            while let view = try iterator.next() {
                let record = TopicRecord(view, in: batch, partition: places[place].partition)
                guard record.offset >= places[place].position else { continue }
                if let until = places[place].until, record.offset >= until { break }
                places[place].position = record.offset &+ 1
                guard take(record) else { return false }
            }
        } catch { throw unreadable(place, "\(error)") }
        return true
    }

    private func askForMore(_ place: Int, _ error: RecordError) throws(ClientError) {
        guard places[place].maxBytes < Self.maxAnswerBytes else { throw unreadable(place, "\(error)") }
        places[place].maxBytes *= 2
    }

    private func unreadable(_ place: Int, _ why: String) -> ClientError {
        .unknown("\(topic)-\(places[place].partition) at offset \(places[place].position) can't be read: \(why)")
    }
}
