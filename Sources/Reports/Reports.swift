// Comparisons in the forms that other programs read: Markdown, JUnit, GitHub annotations, JSON, Go benchmarks, github-action-benchmark;
// histories for Otava and Nyrkiö.
//
// `GateEntry` is one comparison of two builds, `GateFailure` one that did not come to a report. Each format is one file
// under Formats, a pure function to text; `ReportOutput` writes what `--out` asks for and what GitHub gets unasked.
// Exports/ has single runs for HdrHistogram's tools and for spreadsheets.
