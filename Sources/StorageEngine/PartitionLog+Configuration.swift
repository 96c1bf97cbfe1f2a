// A log's settings change under it. What is there already stays as it was made: segments that are too large for a new
// limit, indexes with other intervals. What comes next follows the new rules.
internal import Vocabulary

extension PartitionLog {
    /// Goes on with other settings, from the next batch, roll or look at retention on. Touches no file.
    ///
    /// Where acknowledgements waited for the disk and no longer do, the high watermark moves to the end of what is
    /// written: look at it again for who waits. The other way round it stays where it is, until a flush has passed it.
    package func reconfigure(_ configuration: LogConfiguration) {
        checkOwner()
        guard configuration != self.configuration else { return }
        let waited = acksWaitForFlush
        self.configuration = configuration
        if waited, !acksWaitForFlush, fault == nil, let active = segments.last { highWatermarkMark = endMark(of: active) }
    }
}
