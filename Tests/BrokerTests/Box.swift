// A value that a test shares with a broker's threads.
import Synchronization

final class Box<Value: Sendable>: Sendable {
    private let state: Mutex<Value>

    init(_ value: Value) { state = Mutex(value) }

    var value: Value { state.withLock { $0 } }
    func set(_ value: Value) { state.withLock { $0 = value } }
    func change(_ body: (inout Value) -> Void) { state.withLock { body(&$0) } }
}
