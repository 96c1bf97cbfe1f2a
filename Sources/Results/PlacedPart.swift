// What of a placement was looked for, and what else went on there.
internal import Host

/// A part of a cell, and how much of it was where the cell says.
package struct PlacedPart: Codable, Equatable, Sendable {
    /// `broker threads`, `client threads`, `broker memory`, `client memory`, `written pages`, `cached pages`, `disk`.
    package var part: String
    /// Of its threads in all looks, or of its pages, 0 to 1; nil where that can't be told, as `note` says: then it is not judged.
    package var share: Double?
    package var looks: Int
    package var note: String?

    package init(part: String, share: Double?, looks: Int = 1, note: String? = nil) {
        self.part = part
        self.share = share
        self.looks = looks
        self.note = note
    }

    /// `broker threads 100 % in 21 looks`, `disk n/a: it hangs on no node that the kernel knows`.
    package var text: String {
        guard let share else { return "\(part) n/a" + (note.map { ": \($0)" } ?? "") }
        return "\(part) \(decidingPercent(share))" + (looks > 1 ? " in \(looks) looks" : "") + (note.map { " (\($0))" } ?? "")
    }
}

/// Interrupts of one source while a cell was measured.
package struct InterruptRecord: Codable, Equatable, Sendable {
    /// The kernel's number or letters and what it says of it: `25 PCI-MSI 49152-edge virtio0-req.0`, `LOC Local timer interrupts`.
    package var source: String
    /// On the CPUs of either; where they share them, both say the same.
    package var onBroker, onClient: UInt64
    /// CPUs that it may go to; nil for one of the CPUs' own, and where the kernel does not say.
    package var affinity: String?

    package init(source: String, onBroker: UInt64, onClient: UInt64, affinity: String? = nil) {
        self.source = source
        self.onBroker = onBroker
        self.onClient = onClient
        self.affinity = affinity
    }

    /// `25 PCI-MSI 49152-edge virtio0-req.0 120 and 3 (may go to 0-3)`
    package var text: String { "\(source) \(onBroker) and \(onClient)" + (affinity.map { " (may go to \($0))" } ?? "") }
}
