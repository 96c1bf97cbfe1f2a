// Standard output whose reader may have enough: then the program ends, quietly and with success.
internal import ArgumentParser
internal import Foundation
internal import Glibc
internal import Host

enum StandardOutput {
    static func write(_ data: Data) { data.withUnsafeBytes { write($0) } }

    /// Writes all of it. Ends the program where nobody reads any more, and where the disk behind it is full.
    static func write(_ bytes: UnsafeRawBufferPointer) {
        var rest = bytes
        while rest.count > 0 {
            let count = Glibc.write(STDOUT_FILENO, rest.baseAddress, rest.count)
            if count >= 0 {
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            } else if errno == EPIPE {
                exit(0)
            } else if errno != EINTR, errno != EAGAIN {
                StandardError.write("tidemark: standard output: \(String(cString: strerror(errno)))\n")
                exit(ExitStatus.toolError.rawValue)
            }
        }
    }
}

/// Ctrl-C and SIGTERM as something to be asked for between two answers; the second one ends the program at once.
enum StopSignal {
    nonisolated(unsafe) private static var signal: sig_atomic_t = 0

    static func listen() {
        for number in [SIGINT, SIGTERM] {
            var action = sigaction()
            action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND))
            action.__sigaction_handler.sa_handler = { StopSignal.signal = $0 }
            sigaction(number, &action, nil)
        }
    }

    /// What a shell expects of a program that a signal ended; nil while none has come.
    static var exitCode: Int32? { signal == 0 ? nil : 128 + Int32(signal) }
}
