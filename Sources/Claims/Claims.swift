// The claims that the design of log brokers rests on, each answered by a verdict that is a pure function of stored runs.
//
// `Claim` is one entry: a sentence that could be false, the experiments that would tell, and what their figures come to. Entries/
// has a file for each; `ClaimCatalogue` lists them in their order. `Evidence` is the runs that an entry looks at, `Finding` what a
// part of it came to. Book/ keeps which runs belong together, so that a stored book says the same whenever it is read.
