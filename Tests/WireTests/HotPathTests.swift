// The in-place views and the streaming writers against the structs, which the golden frames vouch for.
import Bytes
import Testing
import Vocabulary
import Wire

private func text(_ bytes: UnsafeRawBufferPointer) -> String { String(decoding: bytes, as: UTF8.self) }

@Suite struct ViewTests {
    @Test(arguments: GoldenFrame.all(.produce, .request))
    func `a produce request reads the same in place`(frame: GoldenFrame) throws {
        try reading(frame.bytes) { reader in
            let header = try RequestHeaderView(from: &reader)
            #expect(header.key == .produce && header.bodyPosition == reader.position)
            var view = try ProduceRequestView(frame: reader.bytes, bodyPosition: header.bodyPosition, version: frame.version)
            var walked = ProduceRequest(
                transactionalID: view.transactionalID.map(text), acks: view.acks,
                timeoutMilliseconds: view.timeoutMilliseconds, topics: [])
            let partitions = try view.check()
            while let topic = try view.nextTopic() {
                walked.topics.append(.init(name: text(topic.name), partitions: []))
                while let partition = try view.nextPartition() {
                    walked.topics[walked.topics.count - 1].partitions.append(
                        .init(index: partition.index, records: partition.records.map { Array(frame.bytes[$0]) }))
                }
            }
            #expect(walked == Expected.produceRequest(frame.version, frame.variant))
            #expect(partitions == walked.topics.reduce(0) { $0 + $1.partitions.count })
            #expect(view.topicCount == walked.topics.count)
        }
    }

    @Test(arguments: GoldenFrame.all(.fetch, .request))
    func `a fetch request reads the same in place`(frame: GoldenFrame) throws {
        try reading(frame.bytes) { reader in
            let header = try RequestHeaderView(from: &reader)
            var view = try FetchRequestView(frame: reader.bytes, bodyPosition: header.bodyPosition, version: frame.version)
            var walked = FetchRequest(
                replicaID: view.replicaID, maxWaitMilliseconds: view.maxWaitMilliseconds, minBytes: view.minBytes,
                maxBytes: view.maxBytes, isolationLevel: view.isolationLevel, sessionID: view.sessionID,
                sessionEpoch: view.sessionEpoch, topics: [])
            _ = try view.check()
            while let topic = try view.nextTopic() {
                walked.topics.append(.init(name: text(topic.name), partitions: []))
                while let partition = try view.nextPartition() {
                    walked.topics[walked.topics.count - 1].partitions.append(
                        .init(
                            partition: partition.index, currentLeaderEpoch: partition.currentLeaderEpoch,
                            fetchOffset: partition.fetchOffset, lastFetchedEpoch: partition.lastFetchedEpoch,
                            logStartOffset: partition.logStartOffset, partitionMaxBytes: partition.maxBytes))
                }
            }
            var expected = Expected.fetchRequest(frame.version, frame.variant)
            (expected.clusterID, expected.forgottenTopics, expected.rackID) = (nil, [], "")
            #expect(walked == expected)
        }
    }

    @Test(arguments: GoldenFrame.all(.produce, .response))
    func `a produce response reads the same in place`(frame: GoldenFrame) throws {
        try reading(frame.bytes) { reader in
            _ = try ResponseHeader(from: &reader, key: .produce, version: frame.version)
            var view = try ProduceResponseView(frame: reader.bytes, bodyPosition: reader.position, version: frame.version)
            var walked = ProduceResponse(topics: [])
            while let topic = try view.nextTopic() {
                walked.topics.append(.init(name: text(topic.name), partitions: []))
                while let partition = try view.nextPartition() {
                    walked.topics[walked.topics.count - 1].partitions.append(
                        .init(
                            index: partition.index, errorCode: partition.errorCode, baseOffset: partition.baseOffset,
                            logAppendTimeMilliseconds: partition.logAppendTimeMilliseconds,
                            logStartOffset: partition.logStartOffset, errorMessage: partition.errorMessage.map(text)))
                }
            }
            walked.throttleMilliseconds = try view.finish()
            var expected = Expected.produceResponse(frame.version, frame.variant)
            for topic in expected.topics.indices {
                for partition in expected.topics[topic].partitions.indices {
                    expected.topics[topic].partitions[partition].recordErrors = []
                }
            }
            #expect(walked == expected)
        }
    }

    @Test(arguments: GoldenFrame.all(.fetch, .response))
    func `a fetch response reads the same in place`(frame: GoldenFrame) throws {
        try reading(frame.bytes) { reader in
            _ = try ResponseHeader(from: &reader, key: .fetch, version: frame.version)
            var view = try FetchResponseView(frame: reader.bytes, bodyPosition: reader.position, version: frame.version)
            let expected = Expected.fetchResponse(frame.version, frame.variant)
            #expect(view.throttleMilliseconds == expected.throttleMilliseconds)
            #expect(view.errorCode == expected.errorCode && view.sessionID == expected.sessionID)
            for topic in expected.topics {
                #expect(try view.nextTopic().map { text($0.name) } == topic.name)
                for partition in topic.partitions {
                    let found = try #require(try view.nextPartition())
                    #expect(found.index == partition.index && found.errorCode == partition.errorCode)
                    #expect(found.highWatermark == partition.highWatermark)
                    #expect(found.lastStableOffset == partition.lastStableOffset)
                    #expect(found.logStartOffset == partition.logStartOffset)
                    #expect(found.preferredReadReplica == partition.preferredReadReplica)
                    #expect(Array(frame.bytes[found.records]) == partition.records ?? [])
                }
                #expect(try view.nextPartition() == nil)
            }
            #expect(try view.nextTopic() == nil)
            try view.finish()
        }
    }

    @Test func `a request cut at any byte fails the check`() throws {
        for frame in GoldenFrame.all where frame.direction == .request && (frame.key == .produce || frame.key == .fetch) {
            let body = try reading(frame.bytes) { try RequestHeaderView(from: &$0).bodyPosition }
            let accepted = (body..<frame.bytes.count).filter { length in
                (try? check(Array(frame.bytes[..<length]), frame, body)) != nil
            }
            #expect(accepted == [], "\(frame.testDescription)")
        }
    }

    private func check(_ bytes: [UInt8], _ frame: GoldenFrame, _ body: Int) throws -> Int {
        try reading(bytes) { reader in
            frame.key == .produce
                ? try ProduceRequestView(frame: reader.bytes, bodyPosition: body, version: frame.version).check()
                : try FetchRequestView(frame: reader.bytes, bodyPosition: body, version: frame.version).check()
        }
    }

    @Test func `topics that a reader is not interested in are passed over`() throws {
        let frame = GoldenFrame.all(.produce, .request).last { $0.variant == .small }!
        try reading(frame.bytes) { reader in
            let body = try RequestHeaderView(from: &reader).bodyPosition
            var view = try ProduceRequestView(frame: reader.bytes, bodyPosition: body, version: frame.version)
            var topics = 0
            while try view.nextTopic() != nil { topics += 1 }
            #expect(topics == 3)
        }
    }
}

@Suite struct StreamingWriterTests {
    private static let produceVersions = APIVersions.of(.produce).minimum...APIVersions.of(.produce).maximum
    private static let fetchVersions = APIVersions.of(.fetch).minimum...APIVersions.of(.fetch).maximum

    /// What goes on the wire: the writer's bytes with `records` put in at the cuts.
    private func spliced(_ bytes: [UInt8], _ parts: [(cut: Int, records: [UInt8])]) -> [UInt8] {
        var wire: [UInt8] = []
        var position = 0
        for part in parts {
            wire += bytes[position..<part.cut] + part.records
            position = part.cut
        }
        return wire + bytes[position...]
    }

    private func raw(_ text: String, _ body: (UnsafeRawBufferPointer) -> Void) {
        Array(text.utf8).withUnsafeBytes(body)
    }

    @Test(arguments: produceVersions)
    func `a produce request streamed around its records equals the encoded one`(version: Int16) {
        let first = [UInt8](repeating: 1, count: 300), second: [UInt8] = [2, 2], third = [UInt8](repeating: 3, count: 16384)
        let request = ProduceRequest(
            acks: -1, timeoutMilliseconds: 1500,
            topics: [
                .init(name: "a", partitions: [.init(index: 0, records: first), .init(index: 7, records: second)]),
                .init(name: "b", partitions: [.init(index: 1, records: third)]),
            ])
        var parts: [(cut: Int, records: [UInt8])] = []
        let bytes = written { writer in
            let start = Frame.begin(&writer)
            var stream = ProduceRequestWriter(
                into: &writer, version: version, acks: -1, timeoutMilliseconds: 1500, topicCount: 2)
            raw("a") { stream.topic($0, partitionCount: 2, into: &writer) }
            parts.append((stream.partition(index: 0, recordsCount: first.count, into: &writer), first))
            parts.append((stream.partition(index: 7, recordsCount: second.count, into: &writer), second))
            raw("b") { stream.topic($0, partitionCount: 1, into: &writer) }
            parts.append((stream.partition(index: 1, recordsCount: third.count, into: &writer), third))
            stream.finish(into: &writer)
            Frame.end(&writer, at: start, externalBytes: stream.externalBytes)
        }
        let wire = spliced(bytes, parts)
        let body = written { request.encode(into: &$0, version: version) }
        #expect(Array(wire[4...]) == body)
        #expect(Array(wire[..<4]) == written { $0.int32(Int32(body.count)) })
    }

    @Test(arguments: fetchVersions, [Int8(0), 1])
    func `a fetch response streamed around file data equals the encoded one`(version: Int16, isolationLevel: Int8) {
        let data = [UInt8](repeating: 5, count: 20000)
        let aborted: [FetchResponse.AbortedTransaction]? = isolationLevel == 1 ? [] : nil
        let listed: [FetchResponse.AbortedTransaction] = [
            .init(producerID: 1 << 40, firstOffset: 3), .init(producerID: 9, firstOffset: 1 << 50),
        ]
        let response = FetchResponse(
            throttleMilliseconds: 3,
            topics: [
                .init(name: "a", partitions: [
                    .init(
                        index: 0, highWatermark: 50, lastStableOffset: 49, logStartOffset: version >= 5 ? 2 : -1,
                        abortedTransactions: isolationLevel == 1 ? listed : nil, records: data),
                    .init(
                        index: 1, errorCode: .offsetOutOfRange, highWatermark: -1, abortedTransactions: aborted, records: []),
                ]),
                .init(name: "none", partitions: []),
            ])
        var parts: [(cut: Int, records: [UInt8])] = []
        let bytes = written { writer in
            let start = Frame.begin(&writer)
            var stream = FetchResponseWriter(
                into: &writer, version: version, throttleMilliseconds: 3, isolationLevel: isolationLevel, topicCount: 2)
            raw("a") { stream.topic($0, partitionCount: 2, into: &writer) }
            let cut = stream.partition(
                index: 0, highWatermark: 50, lastStableOffset: 49, logStartOffset: 2, abortedTransactions: listed,
                recordsCount: data.count, into: &writer)
            parts.append((cut, data))
            stream.partition(
                index: 1, errorCode: .offsetOutOfRange, highWatermark: -1, lastStableOffset: -1, logStartOffset: -1,
                recordsCount: 0, into: &writer)
            raw("none") { stream.topic($0, partitionCount: 0, into: &writer) }
            stream.finish(into: &writer)
            Frame.end(&writer, at: start, externalBytes: stream.externalBytes)
        }
        let wire = spliced(bytes, parts)
        let body = written { response.encode(into: &$0, version: version) }
        #expect(Array(wire[4...]) == body)
        #expect(Array(wire[..<4]) == written { $0.int32(Int32(body.count)) })
    }

    @Test(arguments: produceVersions)
    func `a produce response whose outcome is filled in later equals the encoded one`(version: Int16) {
        let message: String? = version >= 8 ? "too old" : nil
        let response = ProduceResponse(
            topics: [
                .init(name: "a", partitions: [
                    .init(
                        index: 0, baseOffset: 77, logAppendTimeMilliseconds: version >= 2 ? 123 : -1,
                        logStartOffset: version >= 5 ? 4 : -1),
                    .init(index: 3, errorCode: .unsupportedVersion, errorMessage: message),
                ]),
                .init(name: "none", partitions: []),
            ], throttleMilliseconds: version >= 1 ? 6 : 0)
        let bytes = written { writer in
            var stream = ProduceResponseWriter(into: &writer, version: version, topicCount: 2)
            raw("a") { stream.topic($0, partitionCount: 2, into: &writer) }
            let slot = stream.partition(index: 0, errorCode: .requestTimedOut, into: &writer)
            stream.partition(index: 3, errorCode: .unsupportedVersion, errorMessage: message, into: &writer)
            raw("none") { stream.topic($0, partitionCount: 0, into: &writer) }
            stream.finish(throttleMilliseconds: 6, into: &writer)
            ProduceResponseWriter.patch(
                slot, errorCode: .none, baseOffset: 77, logAppendTimeMilliseconds: 123, logStartOffset: 4,
                version: version, in: &writer)
        }
        #expect(bytes == written { response.encode(into: &$0, version: version) })
    }
}
