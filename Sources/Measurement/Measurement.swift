// Clocks, schedules, histograms, statistics and samples of the host: what every number is made of.
//
// Read `LatencyRecorder` (how a sample is kept) and `LatencyHistogram+Reading` (when a quantile may be
// printed) first, then `OpenLoopSchedule` (when a request is due), `Verdict+Judge` (when a run counts)
// and `VerdictThresholds` (every constant of those rules, in one file). `HostSample`, `ProcessSample`
// and `ForeignSample` read the machine from outside; their parsing is pure and tested on fixture texts.
// Nothing here knows a broker, a socket or a profile.
