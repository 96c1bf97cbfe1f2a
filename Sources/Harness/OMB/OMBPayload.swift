// The payload that a workload names, and how far batches of it can be compressed.
internal import Codecs
internal import Foundation

enum OMBPayload {
    /// What a payload may have: a record is not larger.
    private static let largestBytes = RecordSizes.largest

    /// The file of `payloadFile`, of exactly `messageSize` bytes, as OMB wants it.
    ///
    /// - Parameter root: where it is looked for; nil: in the directories above the workload, the nearest first.
    /// - Throws: `ProfileError` of the workload.
    static func read(_ name: String, of workload: OMBWorkload, root: String?) throws(ProfileError) -> [UInt8] {
        let places = places(name, workload.path, root)
        guard let path = places.first(where: { FileManager.default.fileExists(atPath: $0) }) else {
            throw fault(workload, "‘payloadFile’ \(name) is at none of \(places.prefix(4).joined(separator: ", ")): --omb-root names the directory that it is relative to")
        }
        let bytes: [UInt8]
        do throws(PeerToolError) { bytes = try NamedFile.read(path, atMost: largestBytes) } catch {
            throw fault(workload, "‘payloadFile’: \(error)")
        }
        guard workload.messageSize == 0 || bytes.count == workload.messageSize else {
            throw fault(workload, "‘payloadFile’ \(path) has \(bytes.count) bytes and ‘messageSize’ is \(workload.messageSize): OMB sends no other than exactly such a file")
        }
        return bytes
    }

    private static func fault(_ workload: OMBWorkload, _ message: String) -> ProfileError {
        ProfileError(file: workload.path, line: nil, column: nil, message: message)
    }

    private static func places(_ name: String, _ workload: String, _ root: String?) -> [String] {
        if name.hasPrefix("/") { return [name] }
        if let root { return ["\(root)/\(name)"] }
        var directory = (NamedFile.absolute(workload) as NSString).standardizingPath
        var found: [String] = []
        repeat {
            directory = (directory as NSString).deletingLastPathComponent
            found.append(directory == "/" ? "/\(name)" : "\(directory)/\(name)")
        } while directory != "/" && !directory.isEmpty
        return found
    }

    /// How many times smaller a batch becomes whose records all have this payload; 1 at the least.
    static func compressionRatio(of payload: [UInt8], _ codec: Codec, level: Int?, batchBytes: Int) -> Double {
        guard !payload.isEmpty else { return 1 }
        let count = max(1, min(batchBytes, largestBatch) / payload.count)
        let batch = [UInt8](repeatElement(payload, count: count).joined())
        let compressor = Compressor()
        let compressed = batch.withUnsafeBytes { bytes in (try? compressor.compress(bytes, codec, level: level))?.count ?? bytes.count }
        return max(1, Double(batch.count) / Double(max(1, compressed)))
    }
    private static let largestBatch = 1 << 20
}
