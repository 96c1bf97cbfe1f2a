// Durability as it is written on a command line.
internal import ArgumentParser
internal import StorageEngine

/// `none`, `every-append`, `messages:N` or `ms:N`.
struct FlushOption: ExpressibleByArgument, CustomStringConvertible {
    let policy: FlushPolicy
    let description: String

    init?(argument: String) {
        let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
        let number = parts.count == 2 ? Int64(parts[1]) : nil
        switch (parts[0], number) {
        case ("none", nil) where parts.count == 1: policy = .none
        case ("every-append", nil) where parts.count == 1: policy = .everyAppend
        case ("messages", .some(let count)) where count > 1: policy = .everyMessages(count)
        case ("ms", .some(let milliseconds)) where milliseconds > 0: policy = .everyNanoseconds(UInt64(milliseconds) * 1_000_000)
        default: return nil
        }
        description = argument
    }

    /// Whether the C loop can do the same: nothing, or a sync of each write.
    var hasReference: Bool { policy == .none || policy == .everyAppend }
}
