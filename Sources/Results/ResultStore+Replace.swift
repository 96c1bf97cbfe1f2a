// How run.json is put in its place: while the run goes on, at its end, and when something is added afterwards.
package import Foundation
internal import Glibc

extension ResultStore {
    /// Writes a finished record in the place of the one in `directory`, with a seal of its own.
    ///
    /// - Throws: `ResultError`.
    package func replace(_ record: RunRecord, in directory: URL) throws {
        precondition(record.complete, "a run that did not end is not sealed")
        _ = try Self.put(record, in: directory)
    }

    /// Writes beside and renames over: a reader finds the old document or the new one, never a torn one. Only what is finished is
    /// sealed: between phases the hash would be computed for nobody.
    ///
    /// - Returns: its place.
    static func put(_ record: RunRecord, in directory: URL) throws -> URL {
        let place = directory.appendingPathComponent(recordName)
        let beside = directory.appendingPathComponent(".\(recordName).partial")
        try (record.complete ? RecordCoding.sealed(record) : RecordCoding.data(record)).write(to: beside)
        guard rename(beside.path, place.path) == 0 else {
            throw ResultError.system(call: "rename", path: place.path, reason: String(cString: strerror(errno)))
        }
        return place
    }
}
