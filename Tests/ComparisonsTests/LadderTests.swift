@testable import Comparisons
import Measurement
@testable import Results
import Testing

private func judge(_ a: StoredResult, _ b: StoredResult, axes: Set<String> = []) -> Comparability {
    RefusalLadder.judge(Comparand(a, name: "A"), Comparand(b, name: "B"), axes: axes)
}

@Suite struct LadderTests {
    // MARK: invalid

    @Test func `a run that is INVALID, unfinished, changed or on battery is spoiled, whatever it is compared with`() {
        let spoiled = [
            Stored.result("000002") { $0.verdict = Verdict(reasons: [.init(rule: "steal", outcome: .invalid, phase: "steady", text: "steal 9 %")]) },
            Stored.result("000002") { $0.complete = false },
            Stored.result("000002", seal: .broken(reason: "its content hashes to 1, its seal says 2")),
            Stored.result("000002") { $0.environment.runState["on_battery"] = "true" },
            Stored.result("000002") { $0.environment.runState["swap_used_bytes"] = "2000000000" },
        ]
        for result in spoiled {
            let found = judge(Stored.result("000001"), result)
            #expect(found.rung == .invalid && found.isSpoiled)
            #expect(found.deciding.first?.text.hasPrefix("B: ") == true)
            #expect(judge(result, Stored.result("000001")).isSpoiled)
        }
    }

    @Test(arguments: [
        ("partitions: 2", "partitions: 4", "topic.partitions"), ("rate: 5000", "rate: 6000", "producers.rate"),
        ("for: 8s", "for: 9s", "phases[0]"),
    ])
    func `two experiments are invalid, and neither run is spoiled`(text: String, other: String, field: String) {
        let found = judge(Stored.result("000001"), Stored.result("000002") { $0.profile.text = Stored.profile.replacing(text, with: other) })
        #expect(found.rung == .invalid && !found.isSpoiled)
        #expect(found.deciding.map(\.field) == [field])
    }

    @Test func `another durability, profile or major version is another experiment`() {
        func field(_ change: @escaping (inout RunRecord) -> Void) -> [String] {
            judge(Stored.result("000001"), Stored.result("000002", change: change)).deciding.map(\.field)
        }
        #expect(field { $0.profile.durability = "none" } == ["broker.durability"])
        #expect(field { $0.profile.name = "fetch" } == ["profile"])
        #expect(field { $0.software.version = "0.2.0" } == ["suite_version"])
        #expect(field { $0.profile.text += "\n# --set producers.rate=1" } == ["producers.rate"])
    }

    @Test func `a field that is the question itself is no obstacle`() {
        let other = Stored.result("000002") { $0.profile.durability = "none" }
        #expect(judge(Stored.result("000001"), other, axes: ["durability"]).rung == .same)
    }

    @Test func `a model is never compared with hardware nor with another model, not even as an axis, and two runs of one never gate`() {
        func lab(_ id: String, _ text: String) -> StoredResult { Stored.result(id) { $0.environment.hard["modelled"] = text } }
        for (a, b) in [(Stored.result("000001"), lab("000002", "lab-vm")), (lab("000001", "lab-vm"), Stored.result("000002")), (lab("000001", "lab-vm"), lab("000002", "7200 rpm"))] {
            let found = judge(a, b, axes: ["modelled"])
            #expect(found.rung == .invalid && !found.isSpoiled)
            #expect(found.deciding.map(\.field) == ["modelled"])
            #expect(found.deciding.first?.text.contains("none of hardware's") == true)
        }
        let twins = judge(lab("000001", "lab-vm"), lab("000002", "lab-vm"))
        #expect(twins.rung == .similar)
        #expect(twins.deciding.contains { $0.text == "both: modelled (lab-vm): no figure of it is hardware's, and none gates" })
    }

    // MARK: different

    @Test func `a virtual machine and a host are different, with every hard field in words`() {
        let found = judge(Stored.result("000001"), Stored.result("000002", on: Machine.host, calibration: Machine.calibration(faster: 1.8)))
        #expect(found.rung == .different)
        #expect(found.deciding.contains { $0.field == "hypervisor" && $0.first == "KVM" && $0.second == "none" && $0.text.contains("virtual machine on one side only") })
        #expect(found.deciding.contains { $0.field == "cpu_model" && $0.text == "another processor" })
        #expect(!found.obstacles.contains { $0.field == "cpus" || $0.field == "memory" })
    }

    @Test func `the same names with a calibration 30 % apart are different`() {
        let found = judge(Stored.result("000001"), Stored.result("000002", calibration: Machine.calibration(seed: 0.3)))
        #expect(found.rung == .different && found.deciding.allSatisfy { $0.kind == .calibration })
        #expect(found.deciding.contains { $0.field == "write_direct" && $0.text == "measured 30 % apart" })
    }

    @Test func `in one boot no calibration makes it another machine, and a hard field does`() {
        func sibling(_ boot: String?, _ change: @escaping (inout RunRecord) -> Void = { _ in }) -> StoredResult {
            Stored.result("000002", calibration: Machine.calibration(seed: 0.3)) {
                $0.environment.runState["boot_hash"] = boot
                change(&$0)
            }
        }
        let first = Stored.result("000001") { $0.environment.runState["boot_hash"] = "b1" }
        let found = judge(first, sibling("b1"))
        #expect(found.rung == .similar)
        #expect(found.deciding.contains { $0.field == "write_direct" && $0.text == "measured 30 % apart, in one boot of one machine: it was in another state" })
        #expect(judge(first, sibling("b2")).rung == .different)
        #expect(judge(first, sibling(nil)).rung == .different)
        #expect(judge(Stored.result("000001") { $0.environment.runState["boot_hash"] = "unknown" }, sibling("unknown")).rung == .different)
        #expect(judge(first, sibling("b1") { $0.environment.hard["cpu_model"] = "another" }).rung == .different)
    }

    // MARK: similar

    @Test func `a calibration 10 % apart, a soft field, an unknown and a reservation each make it similar`() {
        func rung(_ result: StoredResult) -> Rung { judge(Stored.result("000001"), result).rung }
        #expect(rung(Stored.result("000002", calibration: Machine.calibration(seed: 0.1))) == .similar)
        #expect(rung(Stored.result("000002") { $0.environment.soft["governor"] = "powersave" }) == .similar)
        #expect(rung(Stored.result("000002") { $0.environment.hard["microcode"] = nil }) == .similar)
        #expect(rung(Stored.result("000002") { $0.environment.hard["microcode"] = "unknown" }) == .similar)
        #expect(rung(Stored.result("000002", seal: .absent(reason: "a result of version 1 carries no hash"))) == .similar)
        #expect(rung(Stored.result("000002", calibration: CalibrationRecord())) == .similar)
        #expect(rung(Stored.result("000002") { $0.software.commit = "bbbbbbb" }) == .similar)
        #expect(rung(Stored.result("000002") { $0.profile.text = Stored.profile.replacing("seed: 42", with: "seed: 43") }) == .similar)
    }

    @Test func `what both have a reservation about is said once`() {
        let (a, b) = (Stored.result("000001") { $0.profile.tier = "quick" }, Stored.result("000002") { $0.profile.tier = "quick" })
        #expect(judge(a, b).deciding.map(\.text) == ["both: the quick tier is a first impression and never gates"])
    }

    @Test func `readings far apart whose slices overlap are a restless machine, not another one`() {
        var restless = Machine.calibration()
        restless.before = restless.before.map { $0.name == "write_direct" ? .measured($0.name, 1.5, unit: $0.unit, polarity: $0.polarity) : $0 }
        restless.beforeSlices?["write_direct"] = [1.3, 1.4, 1.5, 1.8, 1.95]
        let found = judge(Stored.result("000001"), Stored.result("000002", calibration: restless))
        #expect(found.rung == .similar)
        #expect(found.deciding.map(\.text) == ["measured 27 % apart, though the slices of the two readings overlap"])
    }

    // MARK: same

    @Test func `equal machines 4 % apart are the same, run state and a percent of memory aside`() {
        let other = Stored.result("000002", calibration: Machine.calibration(seed: 0.04), commit: "3f2c1a0") {
            $0.environment.runState["load_averages"] = "1 1 1"
            $0.environment.hard["memory_bytes"] = "25270000000"
            $0.environment.hard["memory"] = "23.4 GiB"
            $0.profile.question = "Another wording?"
            $0.profile.text = Stored.profile.replacing("# the disk's word", with: "").replacing("How fast is it?", with: "Another wording?")
        }
        let found = judge(Stored.result("000001"), other)
        #expect(found.rung == .same && found.deciding.isEmpty)
        #expect(found.obstacles.map(\.field) == ["load_averages"])
    }

    @Test func `unknown on both sides is equal`() {
        #expect(judge(Stored.result("000001"), Stored.result("000002")).obstacles.isEmpty)
    }
}

@Suite struct ProfileFieldTests {
    @Test func `keys by path, lists by number, comments and layout aside`() {
        let fields = ProfileFields.read(
            """
            # a profile
            question: why?
            a: 1 # one
            b:
                c: "x # y"
                d:
                  - e: 2
                    f: 3
                  - g
            h: {i: 4}
            # --set b.c=7
            """)
        #expect(fields == ["a": "1", "b.c": "7", "b.d[0].e": "2", "b.d[0].f": "3", "b.d[1]": "g", "h": "{i: 4}"])
    }
}
