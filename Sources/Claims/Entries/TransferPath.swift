// What happens to the bytes of a fetch on their way to the socket, by way of serving: as that way is defined, beside the folklore.
internal import Measurement
internal import Results

/// A way of serving, by what its definition does to the payload. The kernel counts no copies, so nothing here was measured.
struct TransferPath {
    /// As results name it, without the size of a buffer: that changes how often the way is gone, and not what it does.
    let mode: String
    /// Made by the CPU on the server's side. What devices move into the page cache, or out of the socket's memory, is in every way.
    let copies: Double

    private static let all = [
        // File to pipe to socket: references to the cached pages.
        TransferPath(mode: "splice", copies: 0),
        // The same through a pipe of the kernel's own.
        TransferPath(mode: "sendfile", copies: 0),
        // Page cache to socket, out of the process's mapping.
        TransferPath(mode: "mmap", copies: 1),
        // Page cache to buffer, buffer to socket.
        TransferPath(mode: "copy", copies: 2),
        // By reference to the relay, then read, written anew as ciphertext, and into the socket.
        TransferPath(mode: "TLS", copies: 3),
    ]

    static var table: [Metric] {
        all.map { .measured("copies by the CPU, \($0.mode), by its definition", $0.copies, unit: "", polarity: .lowerIsBetter) }
    }
}

/// What is commonly told of read and send against sendfile, after "Efficient data transfer through zero copy" (IBM, 2008): of the four
/// copies two are made by devices, as both are that are left. It counts one call of each kind a transfer, and neither what waits for
/// requests nor that a transfer larger than a buffer, or than the socket takes, needs several.
enum TransferFolklore {
    private static let copies = (copying: 4.0, zeroCopy: 2.0, ofDevices: 2.0)
    static let switches = (copying: 4.0, zeroCopy: 2.0)
    /// Into the kernel and out of it.
    static let switchesPerCall = 2.0

    static var copyFigures: [Metric] {
        [
            told("folklore: copies, read and send", copies.copying), told("folklore: copies, sendfile", copies.zeroCopy),
            told("of either by devices", copies.ofDevices),
        ]
    }

    static var switchFigures: [Metric] {
        [told("folklore: mode switches, read and send", switches.copying), told("folklore: mode switches, sendfile", switches.zeroCopy)]
    }

    private static func told(_ name: String, _ value: Double) -> Metric { .measured(name, value, unit: "", polarity: .lowerIsBetter) }
}
