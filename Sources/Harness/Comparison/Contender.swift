// One of the two builds that are compared: how it is started, and what makes it that build.
internal import Bytes
internal import Foundation
package import Gate
internal import Results

package struct Contender: Equatable, Sendable {
    package enum Launch: Equatable, Sendable {
        /// A program with tidemarkd's command line.
        case program(path: String, arguments: [String])
        /// A shell command that starts any broker; `{port}` and `{dir}` stand for where it listens and keeps its data.
        case command(String)
    }

    package let side: Side
    /// As people know it: `3f2c1a9 (main)`, a file's name, a command.
    package let name: String
    /// What makes two builds the same one: a commit with toolchain and flags, a checksum, a command.
    package let identity: String
    package let launch: Launch

    package init(side: Side, name: String, identity: String, launch: Launch) {
        self.side = side
        self.name = name
        self.identity = identity
        self.launch = launch
    }

    /// Of a revision that was built; nil for a program and a command.
    package var commit: String? { identity.hasPrefix("commit=") ? String(identity.dropFirst(7).prefix { $0 != " " }) : nil }

    /// The same build on the other side, or with more on its command line.
    package func adding(_ arguments: [String], side: Side, named suffix: String) -> Contender {
        guard case .program(let path, let before) = launch else { return self }
        let suffix = Redaction.ofThisMachine().text(suffix)
        return Contender(
            side: side, name: name + suffix, identity: identity + suffix, launch: .program(path: path, arguments: before + arguments))
    }

    /// A program given by its path.
    ///
    /// - Throws: `.invalid` when there is none: a side is missing.
    package static func program(_ path: String, side: Side, arguments: [String] = []) throws(ComparisonError) -> Contender {
        guard FileManager.default.isExecutableFile(atPath: path), let data = FileManager.default.contents(atPath: path) else {
            throw .invalid(side: side, group: nil, reason: "‘\(path)’ is no program that can be started")
        }
        let sum = data.withUnsafeBytes { CRC32C.checksum($0) }
        let digits = String(sum, radix: 16)
        let checksum = String(repeating: "0", count: 8 - digits.count) + digits
        let name = URL(filePath: path).lastPathComponent
        return Contender(
            side: side, name: "\(name) \(checksum)", identity: "\(name) crc32c=\(checksum) bytes=\(data.count)",
            launch: .program(path: URL(filePath: path).standardizedFileURL.path, arguments: arguments))
    }

    /// The tidemarkd beside this program.
    ///
    /// - Throws: `.invalid` when it was not built: a side is missing.
    package static func ownBuild(side: Side) throws(ComparisonError) -> Contender {
        let path: String
        do { path = try Programs.path(of: "tidemarkd") } catch { throw .invalid(side: side, group: nil, reason: error.description) }
        return try program(path, side: side)
    }

    /// A command.
    ///
    /// - Throws: `.invalid` when it names no port, so that nobody could reach it.
    package static func command(_ template: String, side: Side) throws(ComparisonError) -> Contender {
        guard template.contains("{port}") else {
            throw .invalid(side: side, group: nil, reason: "the command ‘\(template)’ has no {port} to listen on")
        }
        // Both are stored: people's names in paths are not.
        let text = Redaction.ofThisMachine().text(template)
        return Contender(side: side, name: text, identity: "command \(text)", launch: .command(template))
    }
}
