// How fast files go that nobody needs any more: slowly. A rename or an unlink takes the file system's journal and a CPU,
// and a thousand of them in a row are felt by every append that meets them.
internal import Host

/// Follows one removal on the remover's thread.
struct RemovalPace {
    private let directory: DataDirectory
    /// Space is what is needed: no pauses.
    private let hurries: Bool
    /// When the step before this one began, in CLOCK_MONOTONIC nanoseconds.
    private var begun: UInt64?

    init(_ directory: DataDirectory, hurries: Bool) {
        self.directory = directory
        self.hurries = hurries
    }

    /// To be called before each step. Waits behind the one before, the longer the more time that took; not on a disk that
    /// is nearly full.
    mutating func next() {
        if let begun {
            directory.checkSpace()
            let worked = MonotonicClock.now() &- begun
            if !hurries, directory.lackingFreeBytes == nil { directory.remover.pause(nanoseconds: Self.pause(after: worked)) }
        }
        begun = MonotonicClock.now()
    }

    /// Nanoseconds to rest from a step that took so many.
    static func pause(after worked: UInt64) -> UInt64 {
        min(max(worked &* StorageLimits.removalRest, StorageLimits.removalPauseNanoseconds), StorageLimits.removalLongestPauseNanoseconds)
    }
}
