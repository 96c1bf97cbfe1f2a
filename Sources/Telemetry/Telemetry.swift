// Telemetry: what a broker tells of itself to those who watch it, and how.
//
//   Metric · DurationBuckets       a metric's name, kind, help and labels; the bounds of all histograms of time
//   PrometheusRegistry · Series    swift-metrics' factory, whose handles are read as Prometheus' text
//   MetricSamples                  one reading: families of samples, written in the text format
//   MetricsEndpoint                HTTP/1.1 on a thread of its own, for /metrics and /healthz
//   LineLogHandler                 swift-log's lines, for people or one JSON object each
//
// Nothing here is on the data plane: a loop counts in memory of its own, and a collector reads the sums when it is
// asked. Events that are rare, such as a compaction, are counted in handles as they happen.
