// What machine this is: its CPUs and NUMA nodes, its disks, and the traits that spoil numbers; where
// threads run and where pages lie, and the means to place them.
//
// Reading order: SystemSource (where facts come from: the live machine or a recording) →
// MachineDescription (the fingerprint) → DataDirectory (a directory, down to its disk) → NUMA, Affinity
// and PagePlacement (placing and verifying) → Doctor (the traits).
//
// Every detection is a pure function over a SystemSource, so the tests run it on recordings of machines
// that we do not have.
