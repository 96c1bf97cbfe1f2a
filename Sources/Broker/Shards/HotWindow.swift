// Which offsets of a partition are likely cached: those appended or served a moment ago.
internal import Vocabulary

/// Remembers two windows of a partition by time and bytes. What falls outside is asked of the kernel.
struct HotWindow {
    /// Under the 60 s after which an idle page may be reclaimed early by a busy kernel.
    static let windowNanoseconds: UInt64 = 15_000_000_000
    /// Appended bytes after which a window ends early.
    static let windowBytes = 134_217_728

    private var olderStart: Offset = .max
    private var newerStart: Offset = .max
    private var newerSince: UInt64 = 0
    private var newerBytes = 0

    private var servedStart: Offset = 0
    private var servedEnd: Offset = 0
    private var servedSince: UInt64 = 0

    /// `bytes` were appended from `offset` on.
    mutating func appended(from offset: Offset, bytes: Int, now: UInt64) {
        let isStale = now - newerSince > HotWindow.windowNanoseconds
        if newerStart == .max || isStale || newerBytes > HotWindow.windowBytes {
            // After a long silence not even the newer window is recent.
            olderStart = now - newerSince > 2 * HotWindow.windowNanoseconds ? offset : min(newerStart, offset)
            newerStart = offset
            newerSince = now
            newerBytes = 0
        }
        newerBytes += bytes
    }

    /// A range was served, so it is cached now.
    mutating func served(_ offsets: Range<Offset>, now: UInt64) {
        let continues = offsets.lowerBound <= servedEnd && offsets.lowerBound >= servedStart
        if continues, now - servedSince <= HotWindow.windowNanoseconds {
            servedEnd = max(servedEnd, offsets.upperBound)
        } else {
            servedStart = offsets.lowerBound
            servedEnd = offsets.upperBound
            servedSince = now
        }
    }

    /// Appended a moment ago: dirty pages, or ones just written back.
    func holdsAppended(_ offsets: Range<Offset>, now: UInt64) -> Bool {
        offsets.lowerBound >= olderStart && now - newerSince <= 2 * HotWindow.windowNanoseconds
    }

    /// Served a moment ago: cached, unless somebody dropped it since.
    func holdsServed(_ offsets: Range<Offset>, now: UInt64) -> Bool {
        offsets.lowerBound >= servedStart && offsets.upperBound <= servedEnd
            && now - servedSince <= HotWindow.windowNanoseconds
    }
}
