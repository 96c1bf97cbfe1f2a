// What `tidemark second-instrument` is asked for is checked before a broker is started.
import ArgumentParser
import Testing

@testable import tidemark

@Suite struct SecondInstrumentCommandTests {
    @Test(arguments: [
        (["--measure", "1500ms"], "--measure must be whole seconds from 1s to 10m, not ‘1500ms’"), (["--measure", "soon"], "‘soon’"),
        (["--attempts", "0"], "--attempts must be from 1 to 10, not 0"), (["--shift", "2s"], "--shift must be a duration of at most 1s such as 250us, not ‘2s’"),
    ])
    func `what cannot be is refused with what would be right`(words: [String], text: String) throws {
        let error = #expect(throws: (any Error).self) { try SecondInstrumentCommand.parse(words) }
        let message = "\(error.map { SecondInstrumentCommand.message(for: $0) } ?? "")"
        #expect(message.contains(text), "\(message)")
    }

    @Test func `without options it takes ten seconds, three times at most, and shifts nothing`() throws {
        let command = try SecondInstrumentCommand.parse([])
        #expect(command.measure == "10s" && command.attempts == 3 && command.shift == nil && !command.json)
    }
}
