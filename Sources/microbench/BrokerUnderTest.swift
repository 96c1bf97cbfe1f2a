// A running `tidemarkd` of this build, started for one benchmark.
internal import Bytes
internal import CLinux
internal import Glibc
internal import Host

/// The broker process. Dies with this one; stopped by `stop`.
final class BrokerUnderTest {
    let pid: pid_t
    let port: UInt16
    let dataDirectory: String

    /// - Parameters:
    ///   - scratch: gets the data directory and the broker's log.
    ///   - cpu: pins the whole process; nil leaves it to the scheduler.
    ///   - arguments: more of the command line.
    init(in scratch: ScratchDirectory, cpu: Int32? = nil, arguments: [String] = []) throws {
        dataDirectory = try scratch.make("broker")
        let program = try Self.program()
        let errors = clinux_open("\(scratch.path)/broker.log", O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        var pipes: [Int32] = [-1, -1]
        guard errors >= 0, pipe(&pipes) == 0 else { throw SystemError(call: "pipe", errno: errno, subject: program) }
        defer { for descriptor in [errors, pipes[0], pipes[1]] { close(descriptor) } }
        let words = [program, "serve", "--listen", "127.0.0.1:0", "--data-dir", dataDirectory, "--loops", "1"] + arguments
        var argv: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for word in argv { free(word) } }
        pid = try checked(clinux_spawn(&argv, environ, pipes[1], errors, cpu ?? -1), "spawn", program)
        close(pipes[1])
        pipes[1] = -1
        guard let line = Self.line(from: pipes[0]), let port = Self.port(in: line) else {
            kill(pid, SIGKILL)
            waitpid(pid, nil, 0)
            throw BrokerFailure(log: "\(scratch.path)/broker.log")
        }
        self.port = port
    }

    /// `tidemarkd` beside this executable.
    private static func program() throws -> String {
        guard let own = realpath("/proc/self/exe", nil) else { throw SystemError(call: "realpath", errno: errno, subject: "/proc/self/exe") }
        defer { free(own) }
        let path = String(cString: own)
        let program = path[..<path.lastIndex(of: "/")!] + "/tidemarkd"
        guard access(String(program), X_OK) == 0 else { throw SystemError(call: "access", errno: errno, subject: String(program)) }
        return String(program)
    }

    private static func line(from descriptor: Int32) -> String? {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while read(descriptor, &byte, 1) == 1, byte != 10 { bytes.append(byte) }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }

    /// `tidemarkd ready pid=1 listeners=127.0.0.1:4000`
    static func port(in line: String) -> UInt16? {
        guard let listeners = line.split(separator: " ").first(where: { $0.hasPrefix("listeners=") }),
            let first = listeners.dropFirst("listeners=".count).split(separator: ",").first, let colon = first.lastIndex(of: ":")
        else { return nil }
        return UInt16(first[first.index(after: colon)...])
    }

    /// CPU that the process used so far, in nanoseconds.
    func cpuNanoseconds() throws -> Int64 { try checked(clinux_process_cpu_ns(pid), "clock_gettime", "process \(pid)") }

    /// Waits until the deletion of a topic is done on disk.
    func waitUntilRemoved(_ topic: String) {
        let deadline = MonotonicClock.now() + 10_000_000_000
        while MonotonicClock.now() < deadline, ScratchDirectory.names(in: dataDirectory).contains(where: { $0.hasPrefix(topic + "-") }) {
            MonotonicClock.sleep(nanoseconds: 1_000_000)
        }
    }

    func stop() {
        kill(pid, SIGKILL)
        waitpid(pid, nil, 0)
    }
}

/// A broker that did not become ready.
struct BrokerFailure: Error, CustomStringConvertible {
    let text: String

    init(log: String) {
        var bytes = [UInt8](repeating: 0, count: 4000)
        let descriptor = clinux_open(log, O_RDONLY, 0)
        let count = descriptor >= 0 ? max(0, clinux_pread(descriptor, &bytes, bytes.count, 0)) : 0
        text = String(decoding: bytes[..<count], as: UTF8.self)
    }

    var description: String { "tidemarkd did not become ready; it said: \(text.isEmpty ? "nothing" : text)" }
}
