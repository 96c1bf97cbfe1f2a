// `microbench`: the engine height and the building blocks, each beside the machine's own limit, measured in
// the same run and interleaved. `tidemark` starts it like the broker and reads its JSON.
internal import ArgumentParser
internal import BuildInfo

@main struct Microbench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "microbench",
        abstract: "Measures the parts of tidemark beside C loops that do the same work at the machine's limit.",
        version: versionLine(of: "microbench"),
        subcommands: [
            CalibrateCommand.self, ChecksumCommand.self, BatchBuildingCommand.self, EngineAppendCommand.self, AppendSegmentsCommand.self,
            FetchPlanningCommand.self, OffsetLookupCommand.self, RecoveryCommand.self, RetentionCommand.self, CompactionCommand.self,
            RecordLifeCommand.self, DeviceOrderCommand.self, OwnCacheCommand.self, CachedLogCommand.self, MemoryPressureCommand.self, MemoryLogCommand.self,
            BrokerProduceCommand.self, BrokerFetchCommand.self, ResidentSetCommand.self, ServeReferenceCommand.self,
            HeldEchoCommand.self, GateSimulationCommand.self,
        ])
}
