// What ends a comparison of two builds before its statistics do.
package import Gate
internal import Host

package enum ComparisonError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A side cannot be measured: there is no such broker, it died, lost records or refused the load.
    case invalid(side: Side?, group: Int?, reason: String)
    /// A revision that cannot be had or does not build: nothing is wrong with what was to be measured.
    case build(String)
    /// What was to be pooled differs.
    case notComparable([String])

    package var description: String {
        switch self {
        case .invalid(let side, let group, let reason):
            ([side.map { "the \($0.rawValue) side" }, group.map { "group \($0 + 1)" }].compactMap { $0 } + [reason]).joined(separator: ": ")
        case .build(let reason): reason
        case .notComparable(let reasons): reasons.joined(separator: "; ")
        }
    }
}

extension ComparisonError {
    /// What `body` throws as the fault of a side; interruptions and faults of this system stay what they are.
    ///
    /// - Parameter broker: whose end, where it has ended, is the reason for everything else that went wrong.
    static func attributing<T>(to side: Side, _ broker: RunningContender? = nil, _ body: () throws -> T) throws -> T {
        do { return try body() } catch let error as ComparisonError {
            throw error
        } catch let error as SystemError {
            throw error
        } catch {
            if let error = error as? HarnessError, error.isOurs { throw error }
            let reason = broker?.ending(within: endingNanoseconds) ?? "\(error)"
            throw ComparisonError.invalid(side: side, group: nil, reason: reason)
        }
    }

    /// From the moment a broker's connections break to the moment its process is gone.
    private static let endingNanoseconds: UInt64 = 200_000_000

    /// The same, with the group in which it happened.
    func inGroup(_ index: Int) -> ComparisonError {
        guard case .invalid(let side, nil, let reason) = self else { return self }
        return .invalid(side: side, group: index, reason: reason)
    }
}

extension HarnessError {
    /// Nothing that a side did.
    fileprivate var isOurs: Bool {
        switch self {
        case .interrupted, .missingProgram, .notEnoughDisk, .system: true
        case .childEnded, .childTimedOut, .impossible: false
        }
    }
}
