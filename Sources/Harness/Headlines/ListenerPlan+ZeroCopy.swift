// What a listener is in the zero-copy measurement.
internal import Reactor

extension ListenerPlan {
    var isZeroCopy: Bool { transfer == .splice || transfer == .sendfile }
    /// The best copy is one preallocated buffer of at least 1 MiB; smaller chunks are the idiomatic one.
    var isBestCopy: Bool { transfer == .copy && (bufferBytes ?? 0) >= 1 << 20 }

    /// What the broker's listeners do where they are not told.
    static var standard: ListenerPlan {
        switch TransferMode.standard {
        case .splice: ListenerPlan(transfer: .splice)
        case .sendfile: ListenerPlan(transfer: .sendfile)
        case .copy(let bufferBytes): ListenerPlan(transfer: .copy, bufferBytes: Int64(bufferBytes))
        case .mmap: ListenerPlan(transfer: .mmap)
        }
    }

    /// What a zero-copy mode is held against.
    var baselineKind: String {
        switch transfer {
        case .mmap: "mapped"
        case .tls: "encrypted"
        default: isBestCopy ? "best" : "idiomatic"
        }
    }

    /// `splice`, `copy 64 KiB`, `TLS`
    var title: String {
        if transfer == .tls { return "TLS" }
        let mode = transfer?.rawValue ?? "default"
        guard transfer == .copy, let bytes = bufferBytes else { return mode }
        return "\(mode) \(binaryBytes(bytes))"
    }
}
