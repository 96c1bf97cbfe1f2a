// Errors by code, counted where they are written: one place, whichever handler answers.
internal import Bytes

/// The layout of the memory that `ByteWriter.errorTally` points to.
package enum ErrorTally {
    /// The first one counts all errors; behind it stand the codes from -1 on, the last one for codes above the table.
    package static let count = 133

    /// Where a code is counted.
    package static func index(_ code: ErrorCode) -> Int { min(max(Int(code.rawValue), -1) + 2, count - 1) }

    /// The code that is counted at `index`.
    package static func code(at index: Int) -> ErrorCode { ErrorCode(rawValue: Int16(index - 2)) }

    package static func add(_ code: ErrorCode, to tally: UnsafeMutablePointer<UInt64>) {
        tally[0] &+= 1
        tally[index(code)] &+= 1
    }
}

extension ByteWriter {
    mutating func errorCode(_ code: ErrorCode) {
        int16(code.rawValue)
        if code != .none, let errorTally { ErrorTally.add(code, to: errorTally) }
    }
}
