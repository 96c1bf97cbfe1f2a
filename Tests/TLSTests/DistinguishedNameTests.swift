import Foundation
import Testing

@testable import TLS

@Suite struct DistinguishedNameTests {
    @Test(arguments: KnownCertificate.all)
    func `a subject reads as Kafka's principal has it`(known: KnownCertificate) throws {
        let der = Array(try #require(Data(base64Encoded: known.der)))
        #expect(DistinguishedName.subject(ofCertificate: der) == known.subject)
    }

    @Test(arguments: KnownCertificate.all)
    func `no cut and no changed byte of a certificate ends in anything but a text or nothing`(known: KnownCertificate) throws {
        let der = Array(try #require(Data(base64Encoded: known.der)))
        // The subject lies in front of the key: cut before its end, there is none.
        for cut in 0..<der.count / 4 { #expect(DistinguishedName.subject(ofCertificate: Array(der[..<cut])) == nil, "cut at \(cut)") }
        for place in der.indices {
            for bit in 0..<8 {
                var damaged = der
                damaged[place] ^= 1 << bit
                if let subject = DistinguishedName.subject(ofCertificate: damaged) { #expect(subject.utf8.count < 8 * der.count) }
            }
        }
    }

    @Test(arguments: [[], [0x30], [0x30, 0x80], [0x30, 0x84, 0xff, 0xff, 0xff, 0xff], [0x30, 0x85, 0, 0, 0, 0, 0], [0x1f, 0], [0x30, 2, 0x30, 1]] as [[UInt8]])
    func `lengths that lie are no element`(bytes: [UInt8]) {
        #expect(throws: DERReader.Malformed.self) {
            var outer = DERReader(bytes[...])
            var inner = DERReader(try outer.next().content)
            _ = try inner.next()
        }
    }

    @Test func `object identifiers are read as their numbers, and unfinished or endless ones are not`() throws {
        #expect(try DERReader.dotted([0x55, 4, 3]) == "2.5.4.3")
        #expect(try DERReader.dotted([0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1]) == "1.2.840.113549.1.9.1")
        #expect(try DERReader.dotted([0x88, 0x37, 3]) == "2.999.3")
        for wrong in [[], [0x55, 0x84], [UInt8](repeating: 0xff, count: 20) + [1]] as [[UInt8]] {
            #expect(throws: DERReader.Malformed.self) { try DERReader.dotted(wrong[...]) }
        }
    }
}
