// What a field means, in words, for whoever asks why two results are not comparable.

enum MachineField {
    /// In the fingerprint of a modelled machine or disk only: how it is modelled.
    static let modelled = "modelled"
    /// Shown to people; the field behind it is compared instead.
    static let repeatsAnother: Set<String> = ["cpus", "memory"]

    /// What it means that this field differs.
    static func words(_ field: String) -> String { differs[field] ?? "another \(field.replacing("_", with: " "))" }

    private static let differs = [
        "architecture": "another instruction set",
        "cpu_model": "another processor",
        "cpu_family": "another processor family",
        "cpu_stepping": "another revision of the processor",
        "microcode": "other microcode, which mitigations and speed depend on",
        "logical_cpus": "another number of CPUs",
        "allowed_cpus": "the run was allowed other CPUs",
        "physical_cores": "another number of cores",
        "sockets": "another number of sockets",
        "numa_nodes": "another number of memory nodes",
        "smt": "hardware threads share cores on one side only",
        "hypervisor": "another hypervisor, or a virtual machine on one side only",
        "memory_bytes": "another amount of memory",
        modelled: "figures of a model are none of hardware's, nor of another model's",
        "last_level_cache_bytes": "another last-level cache",
        "cgroup_cpu_limit": "another CPU quota",
        "cgroup_memory_limit_bytes": "another memory limit",
        "kernel": "another kernel",
        "filesystem": "the data directory stands on another file system",
        "mount_options": "the data directory is mounted with other options",
        "disk_class": "another class of disk",
        "disk_model": "another disk",
        "disk_transport": "the disk is attached another way",
        "disk_rotational": "a disk that turns on one side only",
        "scheduler": "another I/O scheduler",
        "write_cache": "another write cache of the disk",
        "broker_host": "the broker ran on the same host on one side only",
        "governor": "another frequency governor",
        "turbo": "turbo frequencies on one side only",
        "os": "another operating system release",
        "clock_source": "another clock",
        "congestion_control": "another default congestion control",
        "allowed_congestion_controls": "other congestion controls were allowed",
        "transparent_huge_pages": "another setting of huge pages",
        "swap_bytes": "another amount of swap",
        "read_ahead_bytes": "another read-ahead",
        "open_files_hard": "another limit of open files",
        "libc": "another C library",
        "swift": "another compiler",
        "build": "built with other optimisation",
        "mitigations": "other mitigations of processor faults",
        "kernel_command_line_hash": "the kernel was started with other options",
        "product": "another kind of machine or cloud instance",
        "runner_image": "another image of the CI runner",
    ]
}

/// What was asked for: the fields of `Comparand.experiment` that are not the profile's own keys.
enum ExperimentField {
    static let profileName = "profile"
    static let suiteVersion = "suite_version"
    static let harnessCommit = "harness_commit"

    static func isSeed(_ field: String) -> Bool { field == "seed" || field.hasSuffix(".seed") }

    /// What it means that this field differs.
    static func words(_ field: String) -> String {
        switch field {
        case profileName: "two profiles ask two questions"
        case suiteVersion: "another major version of the suite measures other things"
        case _ where field.hasSuffix("durability"): "throughput at another durability is another experiment"
        default: "the profile asks for something else here"
        }
    }
}
