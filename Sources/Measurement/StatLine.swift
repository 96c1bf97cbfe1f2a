// One line of /proc/PID/stat or /proc/PID/task/TID/stat, by proc(5).

/// The fields of a process or thread that measurements use.
struct StatLine: Equatable {
    private static let kernelThreadFlag: UInt64 = 0x0020_0000

    var name: String
    var parent: Int32
    var isKernelThread: Bool
    /// It has ended, and nobody has waited for it yet.
    var isEnded: Bool
    var minorFaults: UInt64
    var majorFaults: UInt64
    /// Ticks of 1/`ProcFile.ticksPerSecond`, sampled by the timer interrupt.
    var userTicks: UInt64
    var systemTicks: UInt64
    /// Of children that ended and were waited for, theirs included.
    var childTicks: UInt64
    var threads: Int
    /// Ticks after boot; with the pid it names a process for good.
    var startTicks: UInt64
    var residentPages: UInt64
    /// The CPU it last ran on.
    var cpu: Int32

    /// Of a process, now; nil when it is gone.
    static func current(of pid: Int32) -> StatLine? { ProcFile.text("/proc/\(pid)/stat").flatMap { StatLine($0) } }

    /// nil when the text is not such a line. The name may hold spaces and parentheses, so the fields are
    /// counted from the last `)`.
    init?(_ text: String) {
        guard let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")"), open < close else { return nil }
        let fields = text[text.index(after: close)...].split(whereSeparator: { $0 == " " || $0 == "\n" })
        // fields[n] is field n + 3 of proc(5).
        guard fields.count >= 37 else { return nil }
        func number(_ field: Int) -> UInt64? { UInt64(fields[field - 3]) }
        guard let parent = Int32(fields[1]), let flags = number(9), let minor = number(10), let major = number(12),
            let user = number(14), let system = number(15), let childUser = Int64(fields[13]), let childSystem = Int64(fields[14]),
            let threads = number(20), let start = number(22), let resident = number(24), let cpu = Int32(fields[36])
        else { return nil }
        name = String(text[text.index(after: open)..<close])
        self.parent = parent
        isKernelThread = flags & Self.kernelThreadFlag != 0
        isEnded = fields[0] == "Z" || fields[0] == "X"
        minorFaults = minor
        majorFaults = major
        userTicks = user
        systemTicks = system
        childTicks = UInt64(max(0, childUser + childSystem))
        self.threads = Int(threads)
        startTicks = start
        residentPages = resident
        self.cpu = cpu
    }
}
