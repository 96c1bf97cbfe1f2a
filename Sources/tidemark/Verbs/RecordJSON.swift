// A record as one line of JSON. Written by hand: records come by the million, and their bytes need not be text.
internal import Client
internal import Foundation

enum RecordJSON {
    /// `{"topic":…,"partition":…,"offset":…,"timestamp":…,"key":…,"value":…,"headers":[[name,value],…]}` and a line feed.
    /// Bytes that are not UTF-8 become `{"base64":…}`; `timestampType` tells a broker's time, `headers` stand where there are some.
    static func write(_ record: TopicRecord, topic: String, into output: inout [UInt8]) {
        output += "{\"topic\":".utf8
        string(topic, into: &output)
        output += ",\"partition\":\(record.partition),\"offset\":\(record.offset),\"timestamp\":\(record.timestampMilliseconds)".utf8
        if record.isLogAppendTime { output += ",\"timestampType\":\"LogAppendTime\"".utf8 }
        output += ",\"key\":".utf8
        bytes(record.key, into: &output)
        output += ",\"value\":".utf8
        bytes(record.value, into: &output)
        var count = 0
        record.forEachHeader { name, value in
            output += (count == 0 ? ",\"headers\":[[" : ",[").utf8
            count += 1
            bytes(name, into: &output)
            output.append(UInt8(ascii: ","))
            bytes(value, into: &output)
            output.append(UInt8(ascii: "]"))
        }
        if count > 0 { output.append(UInt8(ascii: "]")) }
        output += "}\n".utf8
    }

    private static func bytes(_ bytes: UnsafeRawBufferPointer?, into output: inout [UInt8]) {
        guard let bytes else {
            output += "null".utf8
            return
        }
        if let text = String(validating: bytes, as: UTF8.self) { return string(text, into: &output) }
        output += "{\"base64\":\"".utf8
        output += Data(bytes).base64EncodedString().utf8
        output += "\"}".utf8
    }

    private static func string(_ text: String, into output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): output += "\\\"".utf8
            case UInt8(ascii: "\\"): output += "\\\\".utf8
            case 10: output += "\\n".utf8
            case 9: output += "\\t".utf8
            case 13: output += "\\r".utf8
            case 0..<32:
                let digits = String(byte, radix: 16)
                output += ("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).utf8
            default: output.append(byte)
            }
        }
        output.append(UInt8(ascii: "\""))
    }
}
