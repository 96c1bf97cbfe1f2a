// A command of this program in a process of its own, to its end.
internal import CLinux
internal import Glibc
internal import Host

enum ChildRun {
    /// - Parameter arguments: of this program.
    /// - Returns: what it printed, and its status as waitpid(2) gives it.
    static func output(of arguments: [String]) throws -> (text: String, status: Int32) {
        guard let program = realpath("/proc/self/exe", nil) else { throw SystemError(call: "realpath", errno: errno, subject: "/proc/self/exe") }
        defer { free(program) }
        var pipes: [Int32] = [-1, -1]
        guard pipe(&pipes) == 0 else { throw SystemError(call: "pipe", errno: errno, subject: arguments.first ?? "a child") }
        let words = [String(cString: program)] + arguments
        var argv: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for word in argv { free(word) } }
        let pid = clinux_spawn(&argv, environ, pipes[1], 2, -1)
        close(pipes[1])
        defer { close(pipes[0]) }
        guard pid > 0 else { throw SystemError(call: "spawn", errno: -pid, subject: words[0]) }
        var text: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(pipes[0], &part, part.count)
            guard count > 0 else { break }
            text += part[..<count]
        }
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        return (String(decoding: text, as: UTF8.self), status)
    }
}
