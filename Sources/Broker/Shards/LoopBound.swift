/// A value that belongs to one loop and only passes through other threads on its way back there. One value, never a
/// tuple: Swift 6.3.1 releases an element of a tuple that is captured in here once too often.
struct LoopBound<Value>: @unchecked Sendable {
    // @unchecked: whoever carries it does not open it; the loop that it belongs to does.
    let value: Value
    init(_ value: Value) { self.value = value }
}
