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

    /// nil when the text is not such a line.
    init?(_ text: String) {
        var text = text
        guard let line = text.withUTF8({ StatLine($0) }) else { return nil }
        self = line
    }

    /// By bytes: every process of the machine is read each second of a phase, beside the load.
    private init?(_ bytes: UnsafeBufferPointer<UInt8>) {
        // The name may hold spaces and parentheses, so the fields are counted from the last `)`.
        guard let open = bytes.firstIndex(of: UInt8(ascii: "(")), let close = bytes.lastIndex(of: UInt8(ascii: ")")), open < close else { return nil }
        var place = close + 1
        guard let state = Self.word(bytes, &place) else { return nil }
        // fields[n] is field n + 4 of proc(5).
        let fields = (4...39).map { _ in Self.word(bytes, &place).flatMap { Self.number(bytes, $0) } }
        func number(_ field: Int) -> UInt64? { fields[field - 4].flatMap { $0.isNegative ? nil : $0.magnitude } }
        /// What the kernel lets fall below zero counts as nothing.
        func count(_ field: Int) -> UInt64? { fields[field - 4].map { $0.isNegative ? 0 : $0.magnitude } }
        guard let parent = number(4).flatMap(Int32.init(exactly:)), let flags = number(9), let minor = number(10), let major = number(12),
            let user = number(14), let system = number(15), let childUser = count(16), let childSystem = count(17),
            let threads = number(20).flatMap(Int.init(exactly:)), let start = number(22), let resident = number(24),
            let cpu = number(39).flatMap(Int32.init(exactly:))
        else { return nil }
        name = String(decoding: bytes[(open + 1)..<close], as: UTF8.self)
        self.parent = parent
        isKernelThread = flags & Self.kernelThreadFlag != 0
        isEnded = state.count == 1 && [UInt8(ascii: "Z"), UInt8(ascii: "X")].contains(bytes[state.lowerBound])
        minorFaults = minor
        majorFaults = major
        userTicks = user
        systemTicks = system
        childTicks = childUser &+ childSystem
        self.threads = threads
        startTicks = start
        residentPages = resident
        self.cpu = cpu
    }

    /// The next one, with `place` behind it; nil at the end.
    private static func word(_ bytes: UnsafeBufferPointer<UInt8>, _ place: inout Int) -> Range<Int>? {
        func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\n") }
        while place < bytes.count, isSpace(bytes[place]) { place += 1 }
        let start = place
        while place < bytes.count, !isSpace(bytes[place]) { place += 1 }
        return start < place ? start..<place : nil
    }

    private static func number(_ bytes: UnsafeBufferPointer<UInt8>, _ word: Range<Int>) -> (magnitude: UInt64, isNegative: Bool)? {
        let isNegative = bytes[word.lowerBound] == UInt8(ascii: "-")
        let digits = isNegative ? word.dropFirst() : word
        guard !digits.isEmpty else { return nil }
        var magnitude: UInt64 = 0
        for place in digits {
            let digit = bytes[place] &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            let (tens, isOver) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, isOverToo) = tens.addingReportingOverflow(UInt64(digit))
            guard !isOver, !isOverToo else { return nil }
            magnitude = sum
        }
        return (magnitude, isNegative)
    }
}
