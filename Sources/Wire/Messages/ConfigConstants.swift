// The small numbers that config answers carry.

/// Where a config's value comes from.
package enum ConfigSource {
    package static let unknown: Int8 = 0
    package static let dynamicTopic: Int8 = 1
    package static let dynamicBroker: Int8 = 2
    package static let dynamicDefaultBroker: Int8 = 3
    package static let staticBroker: Int8 = 4
    package static let defaultValue: Int8 = 5
}

/// How a config's value is to be read.
package enum ConfigType {
    package static let unknown: Int8 = 0
    package static let boolean: Int8 = 1
    package static let string: Int8 = 2
    package static let int32: Int8 = 3
    package static let int16: Int8 = 4
    package static let int64: Int8 = 5
    package static let double: Int8 = 6
    package static let list: Int8 = 7
    package static let className: Int8 = 8
    package static let password: Int8 = 9
}
