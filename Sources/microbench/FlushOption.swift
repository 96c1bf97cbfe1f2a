// Durability as it is written on a command line.
internal import ArgumentParser
internal import StorageEngine

/// `none`, `every-append`, `messages:N` or `ms:N`.
struct FlushOption: ExpressibleByArgument, CustomStringConvertible {
    private let messages: Int64
    private let milliseconds: Int64
    let description: String

    init?(argument: String) {
        let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
        let number = parts.count == 2 ? Int64(parts[1]) : nil
        switch (parts[0], number) {
        case ("none", nil) where parts.count == 1: (messages, milliseconds) = (.max, .max)
        case ("every-append", nil) where parts.count == 1: (messages, milliseconds) = (1, .max)
        case ("messages", .some(let count)) where count > 1: (messages, milliseconds) = (count, .max)
        case ("ms", .some(let count)) where count > 0: (messages, milliseconds) = (.max, count)
        default: return nil
        }
        description = argument
    }

    var policy: FlushPolicy {
        var configuration = LogConfiguration()
        set(in: &configuration)
        return configuration.flushPolicy
    }

    func set(in configuration: inout LogConfiguration) {
        configuration.flushMessages = messages
        configuration.flushMilliseconds = milliseconds
    }

    /// Whether the C loop can do the same: nothing, or a sync of each write.
    var hasReference: Bool { policy == .none || policy == .everyAppend }
}
