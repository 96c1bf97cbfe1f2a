// Arguments that are wrong: what is said of them, and what is not.
import Testing

@Suite struct ArgumentTests {
    @Test(arguments: [
        (["--set", "ssl.key.pasword=hunter2"], "--set: unknown key \"ssl.key.pasword\"; did you mean ssl.key.password?"),
        (["--set", "ssl.key.password hunter2"], "--set: there is no =; ssl.key.password=value is expected"),
        (["--set=ssl.key.password:hunter2=="], "--set: what stands before the = is no key; ssl.key.password=value is expected"),
        (["--ssl.key.password=hunter2"], "unknown argument \"--ssl.key.password\""),
        (["ssl.key.password=hunter2"], "unknown argument \"ssl.key.password\""),
    ])
    func `a mistake on the command line is named without its value`(arguments: [String], message: String) throws {
        let run = try ProgramRun(["serve"] + arguments + ["--data-dir", "/nowhere"])
        #expect(run.status == 2)
        #expect(run.standardError == "tidemarkd: \(message)\n")
    }

    @Test(arguments: [["password=hunter2"], ["log", "dump", "--password=hunter2"], ["credentials", "list", "--pass=hunter2"]])
    func `no other command says a value either`(arguments: [String]) throws {
        let run = try ProgramRun(arguments)
        #expect(run.status == 2 && !run.standardError.contains("hunter2") && run.standardError.contains("pass"), "\(run.standardError)")
    }
}
