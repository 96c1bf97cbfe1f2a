// Writes down what a machine is asked and what it answers.
internal import Synchronization

/// A system that answers as another one does and keeps the answers.
package final class RecordingSystem: SystemSource {
    private let system: any SystemSource
    private let seen = Mutex(RecordedSystem())

    package init(_ system: any SystemSource = LiveSystem()) { self.system = system }

    /// What was asked for so far. Serial numbers, the host's name and all of the kernel's command line that no detection
    /// reads are left out.
    package var recording: RecordedSystem { seen.withLock { $0 } }

    package func text(_ path: String) -> String? {
        let text = system.text(path)
        if let text { seen.withLock { $0.files[path] = Self.shown(text, of: path) } }
        return text
    }

    private static func shown(_ text: String, of path: String) -> String {
        if path == "/proc/cmdline" {
            return words(text).filter { $0.hasPrefix(Modelled.kernelWord) || $0.hasPrefix("numa=") }.joined(separator: " ")
        }
        return path.hasSuffix("/serial") || path == "/proc/sys/kernel/hostname" ? "redacted" : text
    }

    package func entries(_ path: String) -> [String] {
        let names = system.entries(path)
        if !names.isEmpty { seen.withLock { $0.directories[path] = names } }
        return names
    }

    package func resolved(_ path: String) -> String? {
        let real = system.resolved(path)
        if let real { seen.withLock { $0.links[path] = real } }
        return real
    }

    package func device(of path: String) -> DeviceNumber? {
        let number = system.device(of: path)
        if let number { seen.withLock { $0.devices[path] = number } }
        return number
    }

    package func blockDevice(at path: String) -> DeviceNumber? {
        let number = system.blockDevice(at: path)
        if let number { seen.withLock { $0.blockDevices[path] = number } }
        return number
    }

    package func space(of path: String) -> (free: Int64, total: Int64)? {
        let space = system.space(of: path)
        if let space { seen.withLock { $0.spaces[path] = RecordedSystem.Space(free: space.free, total: space.total) } }
        return space
    }
}
