// How the rules are kept: as one document of the catalogue.
//
//   format i16 · rules i32 × { resource type i8, name string, pattern i8, principal string, host string, operation i8,
//   permission i8 }; strings have an i32 length
internal import Bytes
internal import Vocabulary

extension AccessRules {
    /// The catalogue's name for them.
    package static let documentName = "access rules"
    private static let format: Int16 = 1

    package func encode() -> [UInt8] {
        var writer = ByteWriter()
        writer.int16(AccessRules.format)
        writer.int32(Int32(all.count))
        for rule in all {
            writer.int8(rule.resourceType.rawValue)
            writer.sized(Array(rule.name.utf8))
            writer.int8(rule.pattern.rawValue)
            writer.sized(Array(rule.principal.utf8))
            writer.sized(Array(rule.host.utf8))
            writer.int8(rule.operation.rawValue)
            writer.int8(rule.permission.rawValue)
        }
        return Array(writer.bytes)
    }

    /// - Throws: what is wrong with the bytes.
    package convenience init(decoding bytes: [UInt8]) throws(SecurityDocumentError) {
        var rules: Set<AccessRule> = []
        do {
            try bytes.withUnsafeBytes { bytes in
                var reader = ByteReader(bytes)
                let found = try reader.int16()
                guard found == AccessRules.format else { throw SecurityDocumentError.format(AccessRules.documentName, found) }
                for _ in 0..<(try reader.count()) { rules.insert(try AccessRule(from: &reader)) }
                guard reader.remaining == 0 else { throw SecurityDocumentError.damaged(AccessRules.documentName) }
            }
        } catch let error as SecurityDocumentError {
            throw error
        } catch {
            throw .damaged(AccessRules.documentName)
        }
        self.init(rules)
    }
}

extension AccessRule {
    fileprivate init(from reader: inout ByteReader) throws {
        func known<Value>(_ value: Value?) throws(SecurityDocumentError) -> Value {
            guard let value else { throw .damaged(AccessRules.documentName) }
            return value
        }
        let resourceType = try known(ResourceType(rawValue: try reader.int8()))
        let name = try reader.text()
        let pattern = try known(PatternType(rawValue: try reader.int8()))
        let (principal, host) = (try reader.text(), try reader.text())
        self.init(
            resourceType: resourceType, name: name, pattern: pattern, principal: principal, host: host,
            operation: try known(Operation(rawValue: try reader.int8())), permission: try known(Permission(rawValue: try reader.int8())))
        if fault != nil { throw SecurityDocumentError.damaged(AccessRules.documentName) }
    }
}
