// The page cache is there for those who fetch. What the cleaner's reading brings into it goes out again behind the reading;
// what was there before stays.
internal import Host

/// Follows one reading of a file, from its start towards its end.
struct CacheTrail {
    private let file: File
    private let size: Int
    private let granuleBytes: Int
    private let lookaheadBytes: Int
    /// By granule, as far as was looked: nothing of it was in the cache before the reading came near it.
    private var wasCold: ContiguousArray<Bool> = []
    /// Granules that the reading has left behind.
    private var left = 0
    /// Bytes that were not in the cache, of those left behind.
    private(set) var coldBytes = 0

    /// - Parameters:
    ///   - size: bytes of the file.
    ///   - granuleBytes: what goes or stays together.
    ///   - lookaheadBytes: how far ahead of the reading to look: further than the kernel reads ahead, or what it brought
    ///     in for this reading passes for what was there.
    init(
        _ file: File, size: Int, granuleBytes: Int = StorageLimits.cacheGranuleBytes,
        lookaheadBytes: Int = StorageLimits.cacheLookaheadBytes
    ) {
        self.file = file
        self.size = size
        self.granuleBytes = granuleBytes
        self.lookaheadBytes = lookaheadBytes
    }

    /// To be called before anything below `position` is read.
    mutating func approach(_ position: Int) {
        let end = min(size, position + lookaheadBytes)
        while wasCold.count * granuleBytes < end { wasCold.append(file.isCold(range(wasCold.count))) }
    }

    /// Nothing below `position` is read any more.
    mutating func leave(_ position: Int) {
        let end = position >= size ? wasCold.count : position / granuleBytes
        while left < end {
            if wasCold[left] {
                coldBytes += range(left).count
                file.evict(range(left))
            }
            left += 1
        }
    }

    private func range(_ granule: Int) -> Range<Int64> {
        Int64(granule * granuleBytes)..<Int64(min(size, (granule + 1) * granuleBytes))
    }
}
