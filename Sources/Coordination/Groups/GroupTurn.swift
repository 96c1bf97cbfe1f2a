// One event's way through a group: what it may see, and where its effects gather.

struct GroupTurn {
    let now: Moment
    let settings: GroupSettings
    var effects: [GroupEffect]
    var nextWriteID: UInt64

    mutating func reply(_ token: ReplyToken, _ reply: GroupReply) { effects.append(.reply(token, reply)) }

    mutating func refuseJoin(_ token: ReplyToken, _ error: CoordinationError, memberID: String) {
        reply(token, .join(JoinReply(error: error, memberID: memberID)))
    }

    mutating func write(_ group: String, _ records: [GroupRecord], producer: ProducerStamp? = nil) -> WriteID {
        let id = WriteID(rawValue: nextWriteID)
        nextWriteID += 1
        effects.append(.write(GroupWrite(id: id, group: group, records: records, producer: producer)))
        return id
    }
}
