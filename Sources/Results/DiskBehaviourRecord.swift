// Which class a disk behaves like, by its calibration.

package struct DiskBehaviourRecord: Codable, Equatable, Sendable {
    /// A class, as in `diskClass`; nil where the calibration fits none of them alone.
    package var like: String?
    /// `behaves like ssd`, `between ssd and nvme`.
    package var words: String
    /// What it was judged by: `random read 95.0 µs, sequential 525 MB/s, sync 171 µs`.
    package var figures: String

    package init(like: String?, words: String, figures: String) {
        self.like = like
        self.words = words
        self.figures = figures
    }
}
