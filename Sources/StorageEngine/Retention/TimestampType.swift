/// Whose clock a topic's records carry (`message.timestamp.type`).
package enum TimestampType: String, Sendable {
    /// The producer's.
    case createTime = "CreateTime"
    /// The broker's when it takes the batch.
    case logAppendTime = "LogAppendTime"
}
