// Brings records of earlier versions of the schema to the present shape.

/// From version n to n + 1, one step each; the values stay as they were measured.
enum RecordMigration {
    /// The oldest version that can be read.
    static let oldest = 1

    /// - Parameter version: of the document that `record` was decoded from, `oldest ..< RunRecord.schemaVersion`.
    static func migrate(_ record: inout RunRecord, from version: Int) {
        precondition(version >= oldest && version <= RunRecord.schemaVersion, "no migration from version \(version)")
        if version < 2 { toVersion2(&record) }
        record.version = RunRecord.schemaVersion
    }

    /// Version 2 seals results and sorts the machine's fields anew: what changes a figure by itself is hard, what
    /// wanders by itself is run state.
    private static func toVersion2(_ record: inout RunRecord) {
        let environment = record.environment
        for field in ["smt", "cgroup_cpu_limit", "cgroup_memory_limit_bytes", "mount_options", "scheduler", "write_cache"] {
            record.environment.hard[field] = environment.soft[field]
            record.environment.soft[field] = nil
        }
        for field in ["governor", "turbo", "numa_balancing"] {
            record.environment.soft[field] = environment.runState[field]
            record.environment.runState[field] = nil
        }
        record.environment.runState["dirty_limit_bytes"] = environment.soft["dirty_limit_bytes"]
        record.environment.soft["dirty_limit_bytes"] = nil
        if let options = record.environment.hard["mount_options"] { record.environment.hard["mount_options"] = Redaction.mountOptions(options) }
        for index in record.disks.indices { record.disks[index].mountOptions = Redaction.mountOptions(record.disks[index].mountOptions) }
    }
}
