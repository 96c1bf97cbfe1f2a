@testable import Security
import Testing

@Suite struct PlainTests {
    private func message(_ fields: String...) -> [UInt8] { Array(fields.joined(separator: "\u{0}").utf8) }

    @Test func `a message that is not one, or acts for somebody else, is refused`() {
        let wrong = [
            [], message("user"), message("user", "pencil"), message("", "", "pencil"), message("", "user", ""),
            message("other", "user", "pencil"), message("", "user", "pencil", ""), [0, 0xff, 0, 1],
        ]
        for bytes in wrong { #expect(PlainMessage(bytes) == nil, "\(bytes)") }
    }

    @Test func `a wrong password and a user that is not there are refused alike`() throws {
        let refused = SaslStep.failed("wrong password, or no such user")
        #expect(try #require(PlainMessage(message("", "user", "Pencil"))).check(with: ScramTests.book()) == refused)
        #expect(try #require(PlainMessage(message("", "nobody", "pencil"))).check(with: ScramTests.book()) == refused)
        #expect(try #require(PlainMessage(message("", "user", "pencil"))).check(with: CredentialBook()) == refused)
    }

    @Test func `the right password is the user`() throws {
        for fields in [message("", "user", "pencil"), message("user", "user", "pencil")] {
            #expect(try #require(PlainMessage(fields)).check(with: ScramTests.book()) == .done(user: "user", []))
        }
    }
}

@Suite struct CredentialBookTests {
    @Test func `a document cut anywhere or with something behind it is damaged, and never a trap`() {
        let bytes = ScramTests.book().encode()
        for count in bytes.indices {
            #expect(throws: SecurityDocumentError.self, "cut at \(count)") { try CredentialBook(decoding: Array(bytes[..<count])) }
        }
        #expect(throws: SecurityDocumentError.damaged("credentials")) { try CredentialBook(decoding: bytes + [0]) }
        for index in 2..<bytes.count {
            for value in [UInt8(0x80), 0xff, 0x7f] {
                var wrong = bytes
                wrong[index] = value
                _ = try? CredentialBook(decoding: wrong)
            }
        }
        var newer = bytes
        newer[1] = 9
        #expect(throws: SecurityDocumentError.format("credentials", 9)) { try CredentialBook(decoding: newer) }
    }

    @Test func `credentials read back, and go one by one`() throws {
        var book = ScramTests.book("α,=b")
        #expect(try CredentialBook(decoding: book.encode()) == book)
        #expect(book.names == ["α,=b"])
        #expect(book.credentials(of: "α,=b").map(\.mechanism) == [.sha256, .sha512])
        let asked = [(ScramMechanism.sha256, "nobody"), (.sha256, "α,=b"), (.sha256, "α,=b"), (.sha512, "α,=b")]
        var removed: [Bool] = []
        for (mechanism, user) in asked { removed.append(book.remove(mechanism, of: user)) }
        #expect(removed == [false, true, false, true])
        #expect(book == CredentialBook() && book.names.isEmpty)
    }
}
