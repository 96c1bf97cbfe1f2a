// Every request and response decoder, by the header's API and version: no input is a trap, none holds more memory than
// a constant times its size, and what was read once is written and read the same again.
import Bytes
import Glibc
import Wire

/// A request frame without its length, as a broker gets it from a stranger.
func fuzzRequest(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { raw in
        var reader = ByteReader(raw)
        guard let view = try? RequestHeaderView(from: &reader) else { return }
        require(view.bodyPosition == reader.position && view.bodyPosition <= raw.count)
        checkHeader(raw, view)
        guard let key = view.key, APIVersions.of(key).isCoded(view.version) else { return }
        let frame = MessageFrame(bytes: raw, body: reader.position, key: key, version: view.version)
        frame.check(key.requestType)
    }
}

/// Two bytes of API and two of version, which a client knows from its request, then the response frame.
func fuzzResponse(_ bytes: [UInt8]) {
    guard bytes.count >= 4 else { return }
    let version = Int16(bitPattern: UInt16(bytes[2]) << 8 | UInt16(bytes[3]))
    guard let key = APIKey(rawValue: Int16(bitPattern: UInt16(bytes[0]) << 8 | UInt16(bytes[1]))), APIVersions.of(key).isCoded(version)
    else { return }
    bytes[4...].withUnsafeBytes { raw in
        var reader = ByteReader(raw)
        guard (try? ResponseHeader(from: &reader, key: key, version: version)) != nil else { return }
        let frame = MessageFrame(bytes: raw, body: reader.position, key: key, version: version)
        frame.check(key.responseType)
    }
}

private func checkHeader(_ raw: UnsafeRawBufferPointer, _ view: RequestHeaderView) {
    var reader = ByteReader(raw)
    guard let header = try? RequestHeader(from: &reader) else { return }
    require(reader.position == view.bodyPosition && header.key == view.key && header.version == view.version)
    let again = written { header.encode(into: &$0) }
    again.withUnsafeBytes { raw in
        var reader = ByteReader(raw)
        let second = try? RequestHeader(from: &reader)
        require(second == header && reader.position == raw.count, "a request header reads back otherwise")
    }
}

private func written(_ body: (inout ByteWriter) -> Void) -> [UInt8] {
    var writer = ByteWriter()
    body(&writer)
    return Array(writer.bytes)
}

/// A frame whose header has been read.
private struct MessageFrame {
    let bytes: UnsafeRawBufferPointer
    let body: Int
    let key: APIKey
    let version: Int16

    /// Wire promises at most 32 times the frame; malloc rounds up to 16 bytes and keeps 8 of its own, an array's head is 32.
    static let mostMemoryPerByte = 40
    static let memoryFloor = 4096

    func check<Message: WireMessage>(_: Message.Type) {
        require(Message.key == key, "\(Message.self) stands in the table as \(key)")
        fuzz_forget_peak()
        let before = fuzz_held_bytes()
        var reader = ByteReader(bytes, from: body)
        let message = try? Message(from: &reader, version: version)
        let held = fuzz_peak_bytes() - before
        require(
            held <= MessageFrame.mostMemoryPerByte * bytes.count + MessageFrame.memoryFloor,
            "\(Message.self) \(version) holds \(held) bytes for a frame of \(bytes.count)")
        guard let message else { return }
        Reached.shared.add(key, version)
        checkAgain(message)
        checkInPlace(message)
    }

    private func checkAgain<Message: WireMessage>(_ message: Message) {
        let once = written { message.encode(into: &$0, version: version) }
        once.withUnsafeBytes { raw in
            var reader = ByteReader(raw)
            guard let second = try? Message(from: &reader, version: version), reader.position == raw.count else {
                fatalError("\(Message.self) \(version) does not read what it wrote")
            }
            // A NaN of a quota equals nothing, but is written as every other.
            require(
                second == message || String(describing: second) == String(describing: message),
                "\(Message.self) \(version) reads back otherwise")
            require(written { second.encode(into: &$0, version: version) } == once, "\(Message.self) \(version) writes otherwise the second time")
        }
    }

    /// What the values accept, the views of the hot path accept too, with as many partitions.
    private func checkInPlace<Message: WireMessage>(_ message: Message) {
        let counts: (values: Int, inPlace: Int?)
        switch message {
        case let request as ProduceRequest:
            counts = (request.topics.reduce(0) { $0 + $1.partitions.count }, try? ProduceRequestView(frame: bytes, bodyPosition: body, version: version).check())
        case let request as FetchRequest:
            counts = (request.topics.reduce(0) { $0 + $1.partitions.count }, try? FetchRequestView(frame: bytes, bodyPosition: body, version: version).check())
        case let response as ProduceResponse:
            counts = (response.topics.reduce(0) { $0 + $1.partitions.count }, try? countProduced())
        case let response as FetchResponse:
            counts = (response.topics.reduce(0) { $0 + $1.partitions.count }, try? countFetched())
        default: return
        }
        require(counts.values == counts.inPlace, "\(Message.self) \(version): \(counts.values) partitions, in place \(String(describing: counts.inPlace))")
    }

    private func countProduced() throws(WireError) -> Int {
        var view = try ProduceResponseView(frame: bytes, bodyPosition: body, version: version)
        var count = 0
        while try view.nextTopic() != nil {
            while try view.nextPartition() != nil { count += 1 }
        }
        _ = try view.finish()
        return count
    }

    private func countFetched() throws(WireError) -> Int {
        var view = try FetchResponseView(frame: bytes, bodyPosition: body, version: version)
        var count = 0
        while try view.nextTopic() != nil {
            while let partition = try view.nextPartition() {
                require(partition.records.upperBound <= bytes.count)
                count += 1
            }
        }
        try view.finish()
        return count
    }
}

/// The APIs and versions that a whole message was read of: at the end all of them, or the fuzzer tried less than it says.
final class Reached {
    nonisolated(unsafe) static let shared = Reached()
    private var seen: Set<Version> = []

    private struct Version: Hashable {
        let key: APIKey
        let number: Int16
    }

    private init() {
        atexit { Reached.shared.report() }
    }

    func add(_ key: APIKey, _ version: Int16) { seen.insert(Version(key: key, number: version)) }

    private func report() {
        let all = APIVersions.all.flatMap { table in (table.minimum...table.maximum).map { Version(key: table.key, number: $0) } }
        let missing = all.filter { !seen.contains($0) }.map { "\($0.key.name) \($0.number)" }
        print("reached \(seen.count) of \(all.count) versions")
        if !missing.isEmpty { print("not reached: \(missing.joined(separator: ", "))") }
        fflush(nil)
    }
}
