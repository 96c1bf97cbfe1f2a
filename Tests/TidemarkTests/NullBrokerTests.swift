// What `tidemark null-broker --help` tells of faults is what is read.
import ArgumentParser
import NullBroker
import Testing

@testable import tidemark

@Suite struct NullBrokerCommandTests {
    @Test func `the help has every form of a fault, and an example of each`() {
        let lines = NullBrokerCommand.helpMessage(columns: 80).split(separator: "\n").map { $0.trimmingPrefix(while: { $0 == " " }) }
        for form in FaultForm.all { #expect(lines.contains { $0 == "\(form.form), as \(form.example):" } && lines.contains { $0 == form.meaning }, "\(form.form)") }
        let help = NullBrokerCommand.helpMessage()
        #expect(help.contains("--fault") && !help.contains("drop-acknowledgements"))
    }

    @Test func `a fault that is none is refused with the forms that there are`() throws {
        let command = try NullBrokerCommand.parse(["--fault", "drop-acknowledgements:100"])
        let error = #expect(throws: (any Error).self) { try command.run() }
        let text = "\(error.map { NullBrokerCommand.message(for: $0) } ?? "")"
        #expect(text.contains("‘drop-acknowledgements:100’ is no fault") && text.contains("drop:N"), "\(text)")
    }
}
