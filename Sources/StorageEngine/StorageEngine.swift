// Partition logs on disk: append, read, index, recover, retain, compact.
//
// A log is a list of segment files of record batches, exactly as they came over the wire. Producers' batches are
// staged where they lie in the receive buffer and written with one pwritev a tick; consumers get ranges of the
// files. What is on disk can be cut at any byte by a crash: the next start finds the last whole batch, cuts there
// and rebuilds the rest. FORMAT.md has every byte; then read PartitionLog and Recovery/RecoveryTable.
//
// A log is touched by its own loop alone. Retention and compaction are plans over its list of segments; the slow half
// of both is done by background threads on files that nobody changes any more.
//
//   Segment/     one file of batches with its two indexes; when a log rolls to the next
//   Index/       sparse offset and time indexes, written with pwrite
//   Producers/   the sequences of idempotent producers and the transactions that are open, and their snapshots
//   Epochs/      which leader epoch began where
//   Retention/   which segments are too old or too many, and how they go; which timestamps are believed
//   Compaction/  of every key the newest record: the plan, the pass over the batches, the swap
//   Durability/  group commit, preallocation and the other work of the background threads; checkpoints
//   Recovery/    what a start does with what it finds
//   Inspection/  what stands on disk, shown and checked without a broker
//   Catalogue/   which topics exist, where their partitions are, which producer ids are taken
