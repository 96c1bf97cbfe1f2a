// Runs profiles: starts the broker as a process of its own, drives the fleet, measures, audits, judges
// and tears everything down.
//
// Profile/    what to run: YAML read strictly, every error with file, line and the nearest valid key
// Plan/       what it will cost (seconds of load, bytes on disk), known before anything starts
// Run/        the phases, the borders at which costs are sampled, progress, interruption, teardown
// Fleet/      the other processes: the broker under test, the null broker, microbench
// Lanes/      the threads that produce and consume
// Ceiling/    what the generator itself can do, how punctually, and whether its clocks are right
// Search/     the highest sustainable rate: objective, the machine that chooses rates, its trials
// Backlog/    readers held back, and what they do when they are let go
// Audit/      what must be true of every record
// Probe/      a broker of any make read on its own host, and its readings laid beside a run's phases
// Headlines/  the four measurements a run can carry beside its own load
// Inquiries/  questions with figures of their own: what microbench answers, and what a broker is asked beside its loads
// PeerTools/  what stands in for other people's tools, on the client alone, and reads what they write
//
// The control thread is the main thread: children are started from it, because the kernel kills a
// child when the *thread* that started it dies. Everything on it is synchronous and looks for Ctrl-C
// at least every 50 ms.
