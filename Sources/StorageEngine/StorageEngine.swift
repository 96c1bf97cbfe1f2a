// Partition logs on disk: append, read, index, recover.
//
// A log is a list of segment files of record batches, exactly as they came over the wire. Producers' batches are
// staged where they lie in the receive buffer and written with one pwritev a tick; consumers get ranges of the
// files. What is on disk can be cut at any byte by a crash: the next start finds the last whole batch, cuts there
// and rebuilds the rest. FORMAT.md has every byte; then read PartitionLog
// and Recovery/RecoveryTable.
//
//   Segment/     one file of batches with its two indexes; when a log rolls to the next
//   Index/       sparse offset and time indexes, written with pwrite
//   Producers/   the sequences of idempotent producers, and their snapshots
//   Durability/  group commit, preallocation and the other work of the background threads; checkpoints
//   Recovery/    what a start does with what it finds
//   Inspection/  what stands on disk, shown and checked without a broker
//   Catalogue/   which topics exist, where their partitions are, which producer ids are taken
//
// Retention and compaction will have folders of their own: both are plans over the segment list (descriptors in,
// actions out) that the background thread carries out.
