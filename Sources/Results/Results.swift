// The record of a run, its schema, its writer and its table; imports no engine code, so a result can be read years later.
//
// `RunRecord` is the whole document of run.json (schema: Results/schema, explained in Results/README.md).
// `RunWriter` keeps it readable while the run goes on and seals it at its end, `ResultStore` finds and loads it (older
// shapes through `RecordMigration`), `ResultTable` prints
// it, on one screen or in full. The verdict is decided in Measurement, from the facts that the record carries.
