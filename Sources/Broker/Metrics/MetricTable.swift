// Every metric of a broker: what the endpoint serves, and what METRICS.md lists.
package import Telemetry

/// The table. `METRICS.md` beside this file shows it; a test compares the two.
package enum MetricTable {
    static let requests = Metric("tidemark_requests_total", .counter, "Requests received, by API.", labels: ["api"])
    static let requestDuration = Metric(
        "tidemark_request_duration_seconds", .histogram,
        "Time from the tick that found a request to the end of the tick that sent its answer, waiting included, by API.", labels: ["api"])
    static let requestsWaiting = Metric(
        "tidemark_requests_waiting", .gauge,
        "Requests that wait for records, the disk, another loop, a timer or an answer before theirs (Kafka's purgatory), by API.", labels: ["api"])
    static let errors = Metric("tidemark_errors_total", .counter, "Error codes in answers, by Kafka's name.", labels: ["code"])
    static let faults = Metric(
        "tidemark_faults_total", .counter, "Refused requests, frames that can't be read, and reads and writes that failed.")

    static let received = Metric("tidemark_network_received_bytes_total", .counter, "Bytes received from clients.")
    static let sent = Metric("tidemark_network_sent_bytes_total", .counter, "Bytes sent to clients.")
    static let fetchSent = Metric(
        "tidemark_fetch_sent_bytes_total", .counter,
        "Record bytes sent to consumers, by how they came from the file to the socket: splice, sendfile or copy.", labels: ["path"])
    static let spliceFallbacks = Metric(
        "tidemark_splice_fallbacks_total", .counter, "File ranges that went by sendfile because no pipe was to be had.")
    static let cacheSampled = Metric(
        "tidemark_page_cache_sampled_bytes_total", .counter, "Bytes about to be served whose residency was asked of the kernel.")
    static let cacheHits = Metric(
        "tidemark_page_cache_hit_bytes_total", .counter, "Of the sampled bytes, those that were in the page cache.")
    static let coldReads = Metric(
        "tidemark_fetch_cold_reads_total", .counter, "Fetches that were read ahead on a thread because their bytes were not in memory.")
    static let connections = Metric("tidemark_connections_open", .gauge, "Open connections.")
    static let accepted = Metric("tidemark_connections_accepted_total", .counter, "Connections taken.")
    static let refused = Metric("tidemark_connections_refused_total", .counter, "Connections refused because of a limit.")
    static let expired = Metric("tidemark_connections_expired_total", .counter, "Connections closed because nothing came for too long.")
    static let handshakesFailed = Metric("tidemark_handshakes_failed_total", .counter, "TLS handshakes that failed or took too long.")
    static let throttled = Metric("tidemark_requests_throttled_total", .counter, "Requests that a quota held up.")
    static let fetchSessions = Metric("tidemark_fetch_sessions_open", .gauge, "Fetch sessions that are kept.")
    static let sessionsEvicted = Metric("tidemark_fetch_sessions_evicted_total", .counter, "Fetch sessions that made room for others.")
    static let requestMemory = Metric("tidemark_request_memory_bytes", .gauge, "Memory in use for requests that are incomplete or wait.")

    static let records = Metric("tidemark_produced_records_total", .counter, "Records appended, repeated ones not counted.")
    static let batches = Metric("tidemark_produced_batches_total", .counter, "Record batches appended.")
    static let recoded = Metric("tidemark_produced_batches_recoded_total", .counter, "Batches re-compressed because their topic demands its own codec.")
    static let appends = Metric("tidemark_log_appends_total", .counter, "Writes to logs; each takes all batches of a partition and a tick.")
    static let appended = Metric("tidemark_log_append_bytes_total", .counter, "Bytes written to logs.")
    static let flushDuration = Metric(
        "tidemark_flush_duration_seconds", .histogram, "Time that forcing a partition's log to the disk took.")
    static let systemCalls = Metric("tidemark_system_calls_total", .counter, "System calls of the loops and of appends.")
    static let retainedSegments = Metric("tidemark_retention_removed_segments_total", .counter, "Segments that retention removed.")
    static let retainedBytes = Metric("tidemark_retention_removed_bytes_total", .counter, "Bytes of the segments that retention removed.")

    static let topics = Metric("tidemark_topics", .gauge, "Topics.")
    static let partitions = Metric("tidemark_partitions", .gauge, "Partitions.")
    static let unlisted = Metric(
        "tidemark_partitions_unlisted", .gauge,
        "Partitions beyond metrics.max.partitions, which have no series of their own.")
    static let logSize = Metric("tidemark_log_size_bytes", .gauge, "Bytes of a partition's log.", labels: ["topic", "partition"])
    static let logStart = Metric("tidemark_log_start_offset", .gauge, "The first offset that can be read.", labels: ["topic", "partition"])
    static let logEnd = Metric("tidemark_log_end_offset", .gauge, "The offset behind the last record.", labels: ["topic", "partition"])
    static let highWatermark = Metric(
        "tidemark_log_high_watermark", .gauge, "The offset below which consumers read.", labels: ["topic", "partition"])
    static let offline = Metric("tidemark_log_offline", .gauge, "1 for a partition that is out of service.", labels: ["topic", "partition"])
    static let groupOffset = Metric(
        "tidemark_group_committed_offset", .gauge, "The offset that a group has committed.", labels: ["group", "topic", "partition"])
    static let groupLag = Metric(
        "tidemark_group_lag_records", .gauge, "The partition's high watermark minus what the group has committed.",
        labels: ["group", "topic", "partition"])

    static let directoryUp = Metric("tidemark_data_directory_up", .gauge, "1 while a data directory is in service.", labels: ["directory"])
    static let directoryFree = Metric(
        "tidemark_data_directory_free_bytes", .gauge, "Bytes that were free at the last look.", labels: ["directory"])
    static let recoverySeconds = Metric("tidemark_recovery_seconds", .gauge, "Time that recovering the logs took at the start, all logs added up.")
    static let recoveryScanned = Metric("tidemark_recovery_scanned_bytes", .gauge, "Bytes whose checksums the start computed.")
    static let recoveryDropped = Metric("tidemark_recovery_dropped_bytes", .gauge, "Bytes of torn batches that the start cut.")
    static let cleanStart = Metric("tidemark_recovery_clean_shutdown", .gauge, "1 when the run before this one ended in order.")
    static let cleanerPasses = Metric("tidemark_cleaner_passes_total", .counter, "Compactions of a log, by result: done or failed.", labels: ["result"])
    static let cleanerSeconds = Metric("tidemark_cleaner_seconds_total", .counter, "Time spent in compactions.")
    static let cleanerRead = Metric("tidemark_cleaner_read_bytes_total", .counter, "Bytes that compactions read.")
    static let cleanerWritten = Metric("tidemark_cleaner_written_bytes_total", .counter, "Bytes that compactions wrote.")
    static let cleanerDropped = Metric("tidemark_cleaner_dropped_records_total", .counter, "Records that compactions dropped.")
    static let suppressed = Metric(
        "tidemark_log_lines_suppressed_total", .counter, "Log lines left out because one of their kind was written within the second.", labels: ["kind"])
    static let reloads = Metric(
        "tidemark_configuration_reloads_total", .counter, "Readings of the configuration file on SIGHUP, by result: applied or rejected.", labels: ["result"])

    static let build = Metric("tidemark_build_info", .gauge, "1, with the version of the program.", labels: ["version"])
    static let startTime = Metric("process_start_time_seconds", .gauge, "When the broker was started, in seconds since 1970.")
    static let cpuSeconds = Metric("process_cpu_seconds_total", .counter, "CPU time of the process.")
    static let residentMemory = Metric("process_resident_memory_bytes", .gauge, "Memory of the process that is in RAM.")
    static let openFiles = Metric("process_open_fds", .gauge, "Open file descriptors.")
    static let maxFiles = Metric("process_max_fds", .gauge, "Open file descriptors at most.")

    /// In the order of the documentation.
    package static let all: [Metric] = [
        requests, requestDuration, requestsWaiting, errors, faults,
        received, sent, fetchSent, spliceFallbacks, cacheSampled, cacheHits, coldReads, connections, accepted, refused, expired, handshakesFailed,
        throttled, fetchSessions, sessionsEvicted, requestMemory,
        records, batches, recoded, appends, appended, flushDuration, systemCalls, retainedSegments, retainedBytes,
        topics, partitions, unlisted, logSize, logStart, logEnd, highWatermark, offline, groupOffset, groupLag,
        directoryUp, directoryFree, recoverySeconds, recoveryScanned, recoveryDropped, cleanStart,
        cleanerPasses, cleanerSeconds, cleanerRead, cleanerWritten, cleanerDropped, suppressed, reloads,
        build, startTime, cpuSeconds, residentMemory, openFiles, maxFiles,
    ]
}
