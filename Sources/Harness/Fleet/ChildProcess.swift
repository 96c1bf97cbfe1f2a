// One child process: started, watched, stopped; its output kept in the result folder.
internal import CLinux
package import Foundation
internal import Glibc
internal import Host
package import Topology

/// A program of ours running as its own process and process group. It dies with this process whatever
/// happens (PR_SET_PDEATHSIG). To be started from the main thread only: the kernel watches the thread.
package final class ChildProcess {
    package let name: String
    package let pid: Int32
    let outputPath: String
    let errorPath: String
    package private(set) var exitCode: Int32?

    /// Where a child may run and where its memory may lie.
    package struct Placement: Sendable {
        package var cpus: CPUSet?
        package var memory: MemoryPolicy
        /// That it is moved into; nil: it stays in this process's.
        package var group: ControlGroup?
        package init(cpus: CPUSet? = nil, memory: MemoryPolicy = .unpinned, group: ControlGroup? = nil) {
            self.cpus = cpus
            self.memory = memory
            self.group = group
        }
    }

    /// - Parameters:
    ///   - name: for messages and for the log files `<name>.out` and `<name>.err` in `logDirectory`.
    ///   - program: an absolute path.
    package init(
        name: String, program: String, arguments: [String], logDirectory: String, placement: Placement = Placement()
    ) throws {
        precondition(clinux_gettid() == getpid(), "children must be started from the main thread")
        self.name = name
        outputPath = "\(logDirectory)/\(name).out"
        errorPath = "\(logDirectory)/\(name).err"
        let output = try checked(clinux_open(outputPath, O_WRONLY | O_CREAT | O_TRUNC, 0o644), "open", outputPath)
        defer { _ = clinux_close(output) }
        let errors = try checked(clinux_open(errorPath, O_WRONLY | O_CREAT | O_TRUNC, 0o644), "open", errorPath)
        defer { _ = clinux_close(errors) }
        pid = try NUMA.inheriting(cpus: placement.cpus, memory: placement.memory) { () throws(SystemError) in
            try Self.spawn([program] + arguments, output, errors)
        }
        // What it has in memory so far is its program; what it will read and write is the group's.
        do { try placement.group?.admit(pid) } catch {
            kill()
            throw error
        }
    }

    private static func spawn(_ words: [String], _ output: Int32, _ errors: Int32) throws(SystemError) -> Int32 {
        var argv = words.map { strdup($0) } + [nil]
        defer { argv.forEach { free($0) } }
        let pid = argv.withUnsafeMutableBufferPointer { clinux_spawn($0.baseAddress!, environ, output, errors, -1) }
        return try checked(pid, "spawn", words[0])
    }

    package var isRunning: Bool {
        if exitCode == nil {
            var code: Int32 = 0
            let state = clinux_reap(pid, &code)
            if state == 1 { exitCode = code } else if state < 0 { exitCode = -1 }
        }
        return exitCode == nil
    }

    package var output: String { (try? String(contentsOfFile: outputPath, encoding: .utf8)) ?? "" }

    /// The end of what it wrote to standard error, for messages.
    package var lastLines: String {
        let text = (try? String(contentsOfFile: errorPath, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").suffix(8).joined(separator: "\n")
    }

    /// - Throws: `.childEnded` when it is gone.
    package func requireRunning() throws(HarnessError) {
        guard !isRunning, let exitCode else { return }
        throw .childEnded(name: name, exitCode: exitCode, lastLines: lastLines)
    }

    /// Waits until `condition` holds, looking every 2 ms.
    ///
    /// - Throws: `.childEnded`, `.childTimedOut`, `.interrupted`.
    package func wait(
        for awaited: String, seconds: Double, _ interruption: Interruption?, until condition: () -> Bool
    ) throws(HarnessError) {
        let deadline = MonotonicClock.now() + UInt64(seconds * 1e9)
        while !condition() {
            try requireRunning()
            try interruption?.check()
            guard MonotonicClock.now() < deadline else {
                throw .childTimedOut(name: name, waitingFor: awaited, seconds: seconds, lastLines: lastLines)
            }
            MonotonicClock.sleep(nanoseconds: 2_000_000)
        }
    }

    /// Waits for its end and answers what it wrote to standard output.
    ///
    /// - Throws: `.childEnded` when it ended with anything but 0.
    package func finish(seconds: Double, _ interruption: Interruption?) throws -> Data {
        let deadline = MonotonicClock.now() + UInt64(seconds * 1e9)
        while isRunning {
            try interruption?.check()
            guard MonotonicClock.now() < deadline else {
                kill()
                throw HarnessError.childTimedOut(name: name, waitingFor: "result", seconds: seconds, lastLines: lastLines)
            }
            MonotonicClock.sleep(nanoseconds: 5_000_000)
        }
        guard exitCode == 0 else { throw HarnessError.childEnded(name: name, exitCode: exitCode ?? -1, lastLines: lastLines) }
        return try Data(contentsOf: URL(filePath: outputPath))
    }

    package func signal(_ number: Int32) { if isRunning { _ = Glibc.kill(pid, number) } }

    /// SIGTERM, and SIGKILL when it has not ended after `seconds`. Returns whether it drained by itself.
    @discardableResult package func stop(seconds: Double = 10) -> Bool {
        signal(SIGCONT)
        signal(SIGTERM)
        let deadline = MonotonicClock.now() + UInt64(seconds * 1e9)
        while isRunning, MonotonicClock.now() < deadline { MonotonicClock.sleep(nanoseconds: 2_000_000) }
        let drained = !isRunning
        kill()
        return drained
    }

    /// SIGKILL to its whole process group, and the reaping of it.
    package func kill() {
        guard isRunning else { return }
        _ = Glibc.kill(-pid, SIGKILL)
        while isRunning { MonotonicClock.sleep(nanoseconds: 1_000_000) }
    }
}
