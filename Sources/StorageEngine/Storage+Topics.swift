// Topics come and go. The rule that a crash at any point has to find: a topic is there exactly when the catalogue says
// so. Directories are made before it says so and renamed away before it forgets them.
internal import Host
internal import Vocabulary

extension Storage {
    /// Makes a topic. Durable on return.
    ///
    /// - Throws: `.topicExists`, `.invalidTopicName`, `.invalidPartitionCount`, `.tooManyPartitions`,
    ///   `.invalidConfiguration`, or `.io`, after which it is not there, though a crash before the next change may bring it to life.
    package func createTopic(
        named name: String, partitionCount: Int32, overrides: [String: String] = [:]
    ) throws(StorageError) -> TopicDescription {
        changing.lock()
        defer { changing.unlock() }
        let log = try check(name, partitionCount, overrides)
        guard store.catalogue.topics[name] == nil, !isBeingDeleted(name) else { throw .topicExists(name) }
        var generator = SystemRandomNumberGenerator()
        var topic = Catalogue.Topic(
            name: name, id: TopicID.random(using: &generator), overrides: overrides,
            placement: store.placement(of: partitionCount))
        try makeDirectories(of: &topic, from: 0)
        try store.change { $0.topics[name] = topic }
        let description = Self.description(of: topic, log)
        publish(description, logs(of: topic, from: 0, log))
        return description
    }

    /// Adds partitions to a topic, which then has `count` of them. Durable on return; the old ones go on as they are.
    ///
    /// - Throws: `.unknownTopic`, `.notMorePartitions`, `.invalidPartitionCount`, `.tooManyPartitions`, or `.io`, after
    ///   which it has as many as before, though a crash before the next change may bring the new ones to life.
    package func addPartitions(toTopic name: String, count: Int32) throws(StorageError) -> TopicDescription {
        changing.lock()
        defer { changing.unlock() }
        let present = try checkGrowth(of: name, to: count)
        guard var topic = store.catalogue.topics[name] else { throw .unknownTopic(name) }
        topic.placement += store.placement(of: count - present.partitionCount)
        try makeDirectories(of: &topic, from: Int(present.partitionCount))
        try store.change { $0.topics[name] = topic }
        let description = Self.description(of: topic, present.configuration)
        publish(description, logs(of: topic, from: Int(present.partitionCount), present.configuration))
        return description
    }

    /// Checks what `addPartitions` would check, and adds none.
    ///
    /// - Returns: the topic as it is.
    @discardableResult
    package func checkGrowth(of name: String, to count: Int32) throws(StorageError) -> TopicDescription {
        guard let topic = topic(named: name) else { throw .unknownTopic(name) }
        guard count > topic.partitionCount else { throw .notMorePartitions(count, present: topic.partitionCount) }
        try checkCount(count, present: topic.partitionCount)
        return topic
    }

    /// Replaces the settings that a topic overrides. Durable on return; its logs learn it on the threads that own them,
    /// when those next look at `topicsVersion`.
    ///
    /// - Throws: `.unknownTopic`, `.invalidConfiguration`, or `.io`, after which nothing changed, though a crash before
    ///   the next change may bring it to life.
    package func setOverrides(_ overrides: [String: String], ofTopic name: String) throws(StorageError) -> TopicDescription {
        changing.lock()
        defer { changing.unlock() }
        guard var topic = store.catalogue.topics[name] else { throw .unknownTopic(name) }
        let configuration = try inForce.log.applying(overrides)
        topic.overrides = overrides
        try store.change { $0.topics[name] = topic }
        let description = Self.description(of: topic, configuration)
        publish(description, [])
        return description
    }

    /// How a topic with such overrides would be kept.
    ///
    /// - Throws: `.invalidConfiguration`.
    package func configuration(with overrides: [String: String]) throws(StorageError) -> LogConfiguration {
        try inForce.log.applying(overrides)
    }

    /// Whether living directories still have partitions of a topic of that name, which a failure kept from going.
    private func isBeingDeleted(_ name: String) -> Bool {
        store.catalogue.deleted.contains { topic in
            topic.name == name && topic.placement.contains { store.directory(at: $0)?.isDead == false }
        }
    }

    /// Checks what `createTopic` would check, and makes nothing.
    ///
    /// - Returns: how the topic's logs would be kept.
    package func validateTopic(
        named name: String, partitionCount: Int32, overrides: [String: String] = [:]
    ) throws(StorageError) -> LogConfiguration {
        let log = try check(name, partitionCount, overrides)
        if topic(named: name) != nil { throw .topicExists(name) }
        return log
    }

    private func check(
        _ name: String, _ partitionCount: Int32, _ overrides: [String: String]
    ) throws(StorageError) -> LogConfiguration {
        if let fault = TopicName.fault(name) { throw .invalidTopicName(name, why: fault) }
        if let other = topic(collidingWith: name) {
            throw .invalidTopicName(name, why: "it collides with topic \(other): names of metrics can't tell '.' from '_'")
        }
        try checkCount(partitionCount, present: 0)
        return try inForce.log.applying(overrides)
    }

    private func checkCount(_ count: Int32, present: Int32) throws(StorageError) {
        guard (1...StorageLimits.partitionsPerTopic).contains(count) else { throw .invalidPartitionCount(count) }
        let (all, limit) = (partitionCount + Int(count - present), inForce.maximumPartitions)
        guard all <= limit else { throw .tooManyPartitions(all, limit: limit) }
    }

    /// Whether the failure is one data directory's death, and another one lives.
    private func isAnotherLeft(after error: StorageError) -> Bool {
        guard case .io(let failure) = error,
            let directory = directories.first(where: { !$0.isDead && "\(failure.subject)/".hasPrefix("\($0.path)/") })
        else { return false }
        return directory.isDeath(failure) && directories.contains { !$0.isDead }
    }

    /// Makes the directories of the partitions from `first` on. One that dies meanwhile gets none of them.
    private func makeDirectories(of topic: inout Catalogue.Topic, from first: Int) throws(StorageError) {
        while true {
            do throws(StorageError) { return try makeDirectories(of: topic, from: first) } catch {
                guard isAnotherLeft(after: error) else { throw error }
                topic.placement.replaceSubrange(first..., with: store.placement(of: Int32(topic.placement.count - first)))
            }
        }
    }

    private func makeDirectories(of topic: Catalogue.Topic, from first: Int) throws(StorageError) {
        for (index, place) in topic.placement.enumerated().dropFirst(first) {
            let path = path(of: topic, Int32(index), in: store.directory(at: place)!)
            let names = try io { [fileSystem] () throws(SystemError) in
                try fileSystem.ensureDirectory(path)
                return try fileSystem.list(path)
            }
            guard names.isEmpty else {
                throw .wrongDirectory(path: path, why: "it holds files of no topic of the catalogue; move it away")
            }
        }
        for place in Set(topic.placement[first...]) {
            let path = store.directory(at: place)!.path
            try io { [fileSystem] () throws(SystemError) in try fileSystem.synchronizeDirectory(path) }
        }
    }

    private func path(of topic: Catalogue.Topic, _ partition: Int32, in directory: DataDirectory) -> String {
        "\(directory.path)/\(PartitionNaming.name(TopicPartition(topic: topic.name, partition: partition)))"
    }

    private func logs(of topic: Catalogue.Topic, from first: Int, _ configuration: LogConfiguration) -> [PartitionLog] {
        topic.placement.enumerated().dropFirst(first).map { index, place in
            let directory = store.directory(at: place)!
            let partition = TopicPartition(topic: topic.name, partition: Int32(index))
            let log = PartitionLog(
                partition: partition, topicID: topic.id, configuration: configuration,
                directory: LogDirectory(path: path(of: topic, Int32(index), in: directory), fileSystem: fileSystem),
                dataDirectory: directory, segments: [], producers: ProducerState(), recoveryPoint: 0, isDirty: false)
            directory.register(log.durability, of: partition)
            return log
        }
    }

    /// Removes a topic. Its logs throw `.deleted` from then on, on whatever thread they are; the directories have other
    /// names on return and are removed in the background. Those on a dead data directory go when a start finds it again.
    ///
    /// - Throws: `.unknownTopic`, or `.io`, after which the next start finishes the deletion.
    package func deleteTopic(named name: String) throws(StorageError) {
        changing.lock()
        defer { changing.unlock() }
        guard let topic = store.catalogue.topics[name] else { throw .unknownTopic(name) }
        try store.change {
            $0.topics[name] = nil
            $0.deleted.append(topic)
        }
        var renamed: [(DataDirectory, String)] = []
        for log in withdraw(topic) {
            let newPath = "\(log.dataDirectory.path)/\(PartitionNaming.deletedName(topic.id, log.partition.partition))"
            try retire(log, newPath)
            renamed.append((log.dataDirectory, newPath))
        }
        let used = Set(topic.placement).compactMap(store.directory(at:))
        for directory in used where !directory.isDead { try forgetRetired(in: directory) }
        let left = topic.placement.map { store.directory(at: $0)?.isDead == false ? Catalogue.nowhere : $0 }
        try store.change { $0.leave(left, of: topic.id) }
        for (directory, path) in renamed where !directory.isDead { directory.removeInBackground(path) }
    }

    private func retire(_ log: PartitionLog, _ newPath: String) throws(StorageError) {
        let directory = log.dataDirectory
        directory.unregister(log.partition)
        guard !directory.isDead else { return log.directory.abandon() }
        do throws(SystemError) { try log.directory.delete(renamingTo: newPath) } catch {
            // Gone already, or with all of the data directory, which shows when that is forced.
            guard error.isMissing || directory.isDeath(error) else { throw .io(error) }
        }
    }

    /// Makes renames durable, and what is remembered of the logs by their names, which are free then: a new topic must
    /// not be taken for the old one's log.
    private func forgetRetired(in directory: DataDirectory) throws(StorageError) {
        do throws(SystemError) {
            try fileSystem.synchronizeDirectory(directory.path)
            try directory.writeLogStarts()
            try directory.writeCheckpoint()
        } catch {
            guard directory.isDeath(error) else { throw .io(error) }
        }
    }
}
