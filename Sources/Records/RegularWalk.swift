// The walk over records at the door, for records as they nearly always are: every field within its record,
// every varint in its usual width. It only ever says "sound"; anything else is left to the full walk, which names it.
internal import Bytes

enum RegularWalk {
    /// Whether every record is whole, counted by its offset delta, and the count and the maximum timestamp are the header's.
    static func passes(_ view: BatchView) -> Bool {
        let records = view.records
        guard let base = records.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return false }
        let end = records.count
        let baseTimestamp = view.baseTimestamp
        var at = 0
        var walked: UInt64 = 0
        var largest = Int64.min
        while at < end {
            guard let length = unzigzag(base, &at, end, width: intWidth), length > 0, length <= end &- at else { return false }
            let stop = at &+ length
            at &+= 1  // attributes
            guard let delta = unzigzag(base, &at, stop, width: longWidth), let offsetDelta = take(base, &at, stop, width: intWidth),
                offsetDelta == walked &<< 1, skipField(base, &at, stop), skipField(base, &at, stop),
                let headers = unzigzag(base, &at, stop, width: intWidth), headers >= 0
            else { return false }
            for _ in 0..<headers {
                guard let name = unzigzag(base, &at, stop, width: intWidth), name >= 0, name <= stop &- at else { return false }
                at &+= name
                guard skipField(base, &at, stop) else { return false }
            }
            guard at == stop else { return false }
            let (timestamp, overflow) = baseTimestamp.addingReportingOverflow(Int64(delta))
            guard !overflow else { return false }
            largest = max(largest, timestamp)
            walked &+= 1
        }
        return walked == UInt64(view.recordCount) && (view.usesLogAppendTime || largest == view.maxTimestamp)
    }

    /// Bytes of varints that need no overflow check.
    private static let intWidth = 4
    private static let longWidth = 9

    /// A length, −1 for an absent field, and that many bytes.
    @inline(__always)
    private static func skipField(_ base: UnsafePointer<UInt8>, _ at: inout Int, _ stop: Int) -> Bool {
        guard let length = unzigzag(base, &at, stop, width: intWidth), length >= -1, length <= stop &- at else { return false }
        at &+= max(0, length)
        return true
    }

    @inline(__always)
    private static func unzigzag(_ base: UnsafePointer<UInt8>, _ at: inout Int, _ end: Int, width: Int) -> Int? {
        guard let raw = take(base, &at, end, width: width) else { return nil }
        return Int(bitPattern: UInt(raw &>> 1) ^ (0 &- UInt(raw & 1)))
    }

    /// A varint of at most `width` bytes before `end`; nil for any other.
    @inline(__always)
    private static func take(_ base: UnsafePointer<UInt8>, _ at: inout Int, _ end: Int, width: Int) -> UInt64? {
        guard at < end else { return nil }
        let first = base[at]
        if first < 0x80 {
            at &+= 1
            return UInt64(first)
        }
        var value = UInt64(first & 0x7f)
        var shift: UInt64 = 7
        var next = at &+ 1
        let limit = min(end, at &+ width)
        while next < limit {
            let byte = base[next]
            value |= UInt64(byte & 0x7f) &<< shift
            next &+= 1
            if byte < 0x80 {
                at = next
                return value
            }
            shift &+= 7
        }
        return nil
    }
}
