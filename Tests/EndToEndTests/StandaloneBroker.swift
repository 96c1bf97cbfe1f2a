// A `tidemarkd` that no run started, and raw connections to it.
import Foundation
import Testing

final class StandaloneBroker {
    let process = Process()
    let base = "/var/tmp/tidemark-test-\(UUID().uuidString)"
    private(set) var port: UInt16 = 0

    /// - Parameters:
    ///   - openFiles: soft and hard limit of open files; nil: as here.
    ///   - settings: KEY=VALUE of its configuration.
    init(openFiles: Int? = nil, settings: [String] = []) throws {
        try FileManager.default.createDirectory(atPath: base, withIntermediateDirectories: true)
        let program = Harnessed.products.appending(path: "tidemarkd").path
        let limit = openFiles.map { "ulimit -n \($0) && " } ?? ""
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", "\(limit)exec \"$0\" serve --listen 127.0.0.1:0 --data-dir \"$@\"", program, base + "/data"] + settings.flatMap { ["--set", $0] }
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        let address = line.split(separator: "\n").first?.split(separator: " ").first { $0.hasPrefix("listeners=") }
        port = try #require(address?.split(separator: ":").last.flatMap { UInt16($0) }, "tidemarkd said ‘\(line)’")
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
        try? FileManager.default.removeItem(atPath: base)
    }

    /// SIGTERM; its exit code.
    func stop() -> Int32 {
        process.terminate()
        process.waitUntilExit()
        return process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
    }

    var cpuTicks: Int {
        let stat = (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/stat", encoding: .utf8)) ?? ""
        let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
        return fields.count > 12 ? (Int(fields[11]) ?? 0) + (Int(fields[12]) ?? 0) : 0
    }
}

/// A connection that speaks only ApiVersions, version 0.
final class RawConnection {
    private let descriptor: Int32

    init(port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var patience = timeval(tv_sec: 2, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        try #require(connected == 0, "connect: \(errno)")
    }

    deinit { close(descriptor) }

    /// Whether the broker answers within 2 s.
    func isServed() -> Bool {
        // 10 bytes: API 18, version 0, correlation id 7, no client id.
        let request: [UInt8] = [0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 7, 0xff, 0xff]
        guard send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else { return false }
        guard let length = receive(4)?.reduce(0, { $0 << 8 | Int($1) }), (6..<4096).contains(length), let body = receive(length) else { return false }
        return body.prefix(6) == [0, 0, 0, 7, 0, 0]
    }

    private func receive(_ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        return recv(descriptor, &bytes, count, Int32(MSG_WAITALL)) == count ? bytes : nil
    }
}
