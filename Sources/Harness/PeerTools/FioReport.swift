// What fio measured of a device, out of the JSON that it writes (fio 3, --output-format=json or json+).
internal import Foundation
package import Results

package enum FioReport {
    /// json+ has a bin for every latency; more than this is something else.
    private static let largestFile = 64 << 20

    /// The write jobs of a file, in its order; one at least.
    ///
    /// - Throws: `.unreadable`, with what is wrong with the file, or why none of its jobs is a limit of a device.
    package static func rooflines(at path: String) throws(PeerToolError) -> [ImportedRoofline] {
        try rooflines(Data(try NamedFile.read(path, atMost: largestFile)), path: path)
    }

    static func rooflines(_ data: Data, path: String) throws(PeerToolError) -> [ImportedRoofline] {
        let document: Document
        do { document = try JSONDecoder().decode(Document.self, from: data) } catch {
            throw .unreadable(path: path, reason: reason(error))
        }
        let version = document.version.split(separator: "-").first { $0.first?.isNumber == true }
        guard document.version.hasPrefix("fio-"), let major = version?.split(separator: ".").first.flatMap({ Int($0) }), major >= 3 else {
            throw .unreadable(path: path, reason: "it was written by ‘\(printable(document.version))’; what fio 3 and later write is read")
        }
        guard document.clientStats == nil else {
            throw .unreadable(path: path, reason: "it has the figures of several machines (fio --client): import one machine's own")
        }
        let jobs = document.jobs ?? []
        for job in jobs where job.error != 0 {
            throw .unreadable(path: path, reason: "its job ‘\(printable(job.name))’ ended with error \(job.error)")
        }
        let writing = jobs.filter { $0.write.ios > 0 && $0.write.bytesPerSecond > 0 }
        guard !writing.isEmpty else {
            let names = jobs.isEmpty ? "it has no job" : "of its jobs (\(jobs.prefix(16).map { printable($0.name) }.joined(separator: ", "))) none wrote"
            throw .unreadable(path: path, reason: "\(names), and only a write job says what the device takes")
        }
        let names = writing.map(\.name)
        if let twice = names.first(where: { name in names.count { $0 == name } > 1 }) {
            throw .unreadable(
                path: path, reason: "‘\(printable(twice))’ stands in it several times: run fio with --group_reporting, so that a job is one figure")
        }
        return writing.map { document.roofline($0) }
    }

    private static func reason(_ error: any Error) -> String {
        func place(_ path: [any CodingKey]) -> String { path.map { $0.intValue.map { "\($0)" } ?? $0.stringValue }.joined(separator: "/") }
        return switch error {
        case DecodingError.keyNotFound(let key, let context):
            "‘\(key.stringValue)’ is missing\(context.codingPath.isEmpty ? "" : " in \(place(context.codingPath))"); fio writes it with --output-format=json"
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context): "\(place(context.codingPath)) is not what fio writes there"
        default: "it is no JSON document; fio's own words stand in front of it unless --output names the file"
        }
    }

    /// Names from a file may hold anything, and end up on a terminal.
    fileprivate static func printable(_ text: String) -> String {
        String(text.unicodeScalars.prefix(80).map { [.control, .format].contains($0.properties.generalCategory) ? "?" : Character($0) })
    }
}

/// Of fio's document what is read; names are fio's.
private struct Document: Decodable {
    struct Job: Decodable {
        let name: String
        let error: Int
        let options: [String: String]?
        let write: Direction
        let sync: Sync?

        enum CodingKeys: String, CodingKey {
            case name = "jobname"
            case error, write, sync
            case options = "job options"
        }
    }

    struct Direction: Decodable {
        let bytesPerSecond: Double
        let ios: UInt64
        let completion: Latency?

        enum CodingKeys: String, CodingKey {
            case bytesPerSecond = "bw_bytes"
            case ios = "total_ios"
            case completion = "clat_ns"
        }
    }

    struct Sync: Decodable {
        let latency: Latency?

        enum CodingKeys: String, CodingKey { case latency = "lat_ns" }
    }

    struct Latency: Decodable {
        let samples: UInt64
        let percentiles: [String: Double]?

        enum CodingKeys: String, CodingKey {
            case samples = "N"
            case percentiles = "percentile"
        }
    }

    struct Disk: Decodable { let name: String }
    struct Ignored: Decodable {}

    let version: String
    /// Seconds since 1970.
    let timestamp: Double?
    let globalOptions: [String: String]?
    let jobs: [Job]?
    let clientStats: [Ignored]?
    let disks: [Disk]?

    enum CodingKeys: String, CodingKey {
        case version = "fio version"
        case timestamp, jobs
        case globalOptions = "global options"
        case clientStats = "client_stats"
        case disks = "disk_util"
    }

    func roofline(_ job: Job) -> ImportedRoofline {
        let options = FioOptions((globalOptions ?? [:]).merging(job.options ?? [:]) { _, own in own })
        var figures = [Metric.measured("write", job.write.bytesPerSecond / 1e9, unit: "GB/s", polarity: .higherIsBetter, samples: job.write.ios)]
        figures += quantiles("write", job.write.completion) + quantiles("sync", job.sync?.latency)
        let measuredAt = timestamp.flatMap { $0 > 0 && $0 < 253_402_300_800 ? Date(timeIntervalSince1970: $0).formatted(.iso8601) : nil }
        return ImportedRoofline(
            tool: FioReport.printable(version), job: FioReport.printable(job.name), blockSize: FioReport.printable(options.blockSize),
            direct: options.isDirect, sync: options.sync, conditions: options.conditions.map(FioReport.printable),
            devices: (disks ?? []).prefix(16).map { FioReport.printable($0.name) }, measuredAt: measuredAt, figures: figures)
    }

    private func quantiles(_ name: String, _ latency: Latency?) -> [Metric] {
        guard let latency, latency.samples > 0, let percentiles = latency.percentiles else { return [] }
        return [("p50", "50.000000"), ("p99", "99.000000")].compactMap { quantile, key in
            percentiles[key].map { .measured("\(name)_\(quantile)", $0, unit: "ns", polarity: .lowerIsBetter, samples: latency.samples) }
        }
    }
}

/// What a job's options say about what its figures mean.
struct FioOptions {
    private let options: [String: String]

    init(_ options: [String: String]) { self.options = options }

    /// fio writes 4 KiB where nothing else is said.
    var blockSize: String {
        ["bs", "blocksize", "bsrange", "blocksize_range", "bssplit"].lazy.compactMap { options[$0] }.first ?? "4k"
    }

    var isDirect: Bool { isOn("direct") || options["buffered"] == "0" }

    /// What is forced to the device, most often first.
    var sync: String {
        for name in ["fsync", "fdatasync"] {
            if let every = options[name].flatMap({ Int($0) }), every > 0 { return every == 1 ? "\(name) after every write" : "\(name) after \(every) writes" }
        }
        if isOn("sync"), options["sync"] != "none" { return "O_\(options["sync"] == "dsync" ? "DSYNC" : "SYNC")" }
        if isOn("end_fsync") { return "fsync at the end" }
        return isOn("fsync_on_close") ? "fsync at close" : ImportedRoofline.noSync
    }

    var conditions: [String] {
        [
            options["rw"] ?? options["readwrite"], options["ioengine"], options["iodepth"].map { "iodepth \($0)" },
            options["numjobs"].map { "\($0) jobs" }, options["rate"].map { "rate \($0)" }, options["size"].map { "size \($0)" },
            options["runtime"].map { "runtime \($0)" },
        ].compactMap { $0 }
    }

    private func isOn(_ name: String) -> Bool { options[name].map { !["0", "false"].contains($0) } ?? false }
}
