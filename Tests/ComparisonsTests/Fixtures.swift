// A virtual machine, a host, and results of both.
import Foundation
import Measurement
@testable import Comparisons
@testable import Results

enum Machine {
    /// As a cloud's small instance describes itself.
    static let virtual = EnvironmentRecord(
        hard: [
            "architecture": "x86_64", "cpu_model": "AMD EPYC", "cpu_family": "AuthenticAMD 25/17", "microcode": "0x1000065", "logical_cpus": "2",
            "cpus": "2 CPUs", "memory": "23.5 GiB", "memory_bytes": "25276502016", "hypervisor": "KVM", "kernel": "Linux 6.18.44", "filesystem": "ext4",
            "disk_class": "virtual", "disk_model": "unknown", "scheduler": "mq-deadline", "cgroup_cpu_limit": "none",
        ], soft: ["governor": "unknown", "transparent_huge_pages": "madvise", "libc": "glibc 2.36"], runState: ["load_averages": "0.10 0.20 0.30"])

    /// A workstation with a disk of its own.
    static let host = EnvironmentRecord(
        hard: [
            "architecture": "x86_64", "cpu_model": "AMD Ryzen 9 7950X", "cpu_family": "AuthenticAMD 25/97", "microcode": "0xa601206",
            "logical_cpus": "32", "cpus": "32 CPUs", "memory": "62.5 GiB", "memory_bytes": "67108864000", "hypervisor": "none",
            "kernel": "Linux 6.12.9", "filesystem": "xfs", "disk_class": "nvme", "disk_model": "Samsung SSD 990 PRO", "scheduler": "none",
            "cgroup_cpu_limit": "none",
        ], soft: ["governor": "powersave", "transparent_huge_pages": "always", "libc": "glibc 2.41"], runState: ["load_averages": "0.90 0.70 0.50"])

    static func calibration(faster factor: Double = 1, seed: Double = 0) -> CalibrationRecord {
        func named(_ name: String, _ value: Double, _ unit: String, _ polarity: Metric.Polarity) -> Metric {
            .measured(name, value, unit: unit, polarity: polarity)
        }
        let rates = [("crc_varint_one_core", 21.2), ("memcpy_64mib", 23.0), ("tcp_stream", 7.4), ("write_direct", 1.9), ("write_buffered", 1.7)]
        let times = [("tcp_ping_p50", 41_000.0), ("tcp_ping_p99", 105_000), ("append_fdatasync_p50", 152_000), ("append_fdatasync_p99", 257_000)]
        var record = CalibrationRecord(
            tier: "full",
            before: rates.map { named($0, $1 * factor * (1 + seed), "GB/s", .higherIsBetter) } + times.map { named($0, $1 / factor * (1 + seed), "ns", .lowerIsBetter) })
        record.beforeSlices = Dictionary(uniqueKeysWithValues: rates.map { name, value in
            (name, [0.98, 0.99, 1, 1.01, 1.02].map { $0 * value * factor * (1 + seed) })
        })
        return record
    }
}

enum Stored {
    static let profile = """
        question: How fast is it?
        name: append
        tier: full
        topic:
          partitions: 2
        broker:
          durability: every-append  # the disk's word
        producers:
          rate: 5000
          seed: 42
        phases:
          - {kind: steady, for: 8s}
        """

    /// A finished, valid result.
    static func result(
        _ id: String, on machine: EnvironmentRecord = Machine.virtual, calibration: CalibrationRecord = Machine.calibration(), accepted: Double = 210,
        p99: UInt64 = 8_000_000, cpu: Double = 610, commit: String = "9be710c", seal: Seal = .intact, change: (inout RunRecord) -> Void = { _ in }
    ) -> StoredResult {
        var record = RunRecord(
            identity: RunIdentity(date: "2026-11-20", startedAt: "2026-11-20T10:00:00Z", profileName: "append", shortID: id),
            software: Software(commit: "aaaaaaa", version: "0.1.0", brokerCommit: commit, broker: "tidemarkd 0.1.0 (\(commit))"),
            profile: ProfileRecord(name: "append", question: "How fast is it?", tier: "full", text: profile, durability: "every-append"),
            environment: machine)
        record.complete = true
        record.calibration = calibration
        record.disks = [
            DiskRecord(name: "data directory", filesystem: machine.hard["filesystem"]!, mountOptions: "rw", device: "vda", model: "unknown", transport: "virtio", diskClass: machine.hard["disk_class"]!)
        ]
        record.headlines.append = AppendHeadline(
            rows: [
                AppendRow(
                    height: .broker, label: "2 × 64 KiB batches", durability: "every-append",
                    accepted: .measured("accepted", accepted, unit: "MB/s", polarity: .higherIsBetter),
                    durable: .measured("durable", accepted * 0.9, unit: "MB/s", polarity: .higherIsBetter), sustained: true)
            ], directory: "data directory")
        record.headlines.latency = LatencyHeadline(
            rows: [
                LatencyRow(
                    placement: "unpinned", clock: "response", eventsPerSecond: 5_000,
                    cells: [
                        QuantileCell(quantile: 0.5, reading: .measured(nanoseconds: p99 / 4, bound: nil, episodes: nil)),
                        QuantileCell(quantile: 0.99, reading: .measured(nanoseconds: p99, bound: nil, episodes: nil)),
                        QuantileCell(quantile: 0.999, reading: .unavailable(samples: 40_000)),
                    ], samples: 40_000)
            ], nodes: 1)
        record.phases = [
            PhaseRecord(
                name: "append steady", kind: "steady", startedNanoseconds: 0, endedNanoseconds: 5_000_000_000,
                series: [0.97, 1.01, 1, 1.02, 0.99].enumerated().map { SecondRecord(second: $0.offset, records: 1, bytes: UInt64(accepted * 1e6 * $0.element)) },
                costs: CostTable(
                    phase: "append steady", rows: CostRows(broker: 2, clients: 2, unattributed: 1, idle: 5, capacity: 10),
                    metrics: [
                        .measured("cpu_ns_per_record", cpu, unit: "ns", polarity: .lowerIsBetter),
                        .measured("write_amplification", 1.04, unit: "x", polarity: .lowerIsBetter),
                    ]))
        ]
        record.verdict = Verdict(reasons: [])
        change(&record)
        return StoredResult(directory: URL(filePath: "Results/\(record.identity.directoryName)"), record: record, writtenVersion: 2, seal: seal)
    }
}
