// Another codec's bytes, read and written again: what keeps ours from being wrong on both sides alike.
import Bytes
import Testing
import Wire

@Suite struct GoldenTests {
    @Test func `every API has a frame at every version both ways`() {
        for versions in APIVersions.all {
            for version in versions.minimum...versions.maximum {
                for direction in [Direction.request, .response] {
                    let variants = GoldenFrame.all(versions.key, direction).filter { $0.version == version }.map(\.variant)
                    #expect(variants.contains(.full) && variants.contains(.empty), "\(versions.key.name) \(version)")
                }
            }
        }
        #expect(Set(GoldenFrame.all.map(\.key)) == Set(APIKey.allCases))
    }

    @Test func `every API has its two messages in the golden tests, as the fuzzer reads them`() {
        for key in APIKey.allCases {
            for (direction, type) in [(Direction.request, key.requestType), (.response, key.responseType)] {
                let codecs = Codec.all.filter { $0.key == key && $0.direction == direction }
                #expect(codecs.count == 1 && codecs.allSatisfy { $0.type == type }, "\(key.name) \(direction)")
            }
        }
    }

    @Test(arguments: GoldenFrame.all)
    func `a frame says what kafka-python put into it`(frame: GoldenFrame) throws {
        #expect(try Codec.of(frame).matches(frame))
    }

    @Test(arguments: GoldenFrame.all)
    func `a frame is read to its end and written again byte for byte`(frame: GoldenFrame) throws {
        let decoded = try Codec.of(frame).decode(frame.bytes, frame.version)
        #expect(decoded.bodyEnd == frame.bytes.count)
        #expect(decoded.encoded == Array(frame.bytes[decoded.bodyStart...]))
    }

    @Test(arguments: GoldenFrame.all)
    func `a header is read and written again byte for byte`(frame: GoldenFrame) throws {
        let (end, encoded): (Int, [UInt8]) = try reading(frame.bytes) { reader in
            switch frame.direction {
            case .request:
                let header = try RequestHeader(from: &reader)
                let clientID: String? = frame.variant == .empty ? nil : "golden"
                #expect(
                    header
                        == RequestHeader(key: frame.key, version: frame.version, correlationID: 7331, clientID: clientID))
                return (reader.position, written { header.encode(into: &$0) })
            case .response:
                let header = try ResponseHeader(from: &reader, key: frame.key, version: frame.version)
                #expect(header.correlationID == 7332)
                return (reader.position, written { header.encode(into: &$0, key: frame.key, version: frame.version) })
            }
        }
        #expect(encoded == Array(frame.bytes[..<end]))
    }
}
