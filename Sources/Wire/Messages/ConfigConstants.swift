// The small numbers that config requests and answers carry.

/// What a setting belongs to.
package enum ConfigResource {
    package static let topic: Int8 = 2
    package static let broker: Int8 = 4
}

/// What IncrementalAlterConfigs does to a setting.
package enum ConfigOperation {
    package static let set: Int8 = 0
    /// Back to the value that it has without the change.
    package static let delete: Int8 = 1
    /// Adds elements to a list.
    package static let append: Int8 = 2
    /// Takes elements out of a list.
    package static let subtract: Int8 = 3
}

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
