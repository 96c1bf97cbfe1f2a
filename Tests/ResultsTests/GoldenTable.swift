// The table of `Sample.finished()`, as a reader of the terminal sees it. Change it on purpose only.

let goldenTable = """
    tidemark · quickstart · 2026-11-23 19:33:28 UTC · run 7f3a9c
    How fast does a log broker append here, and what do caches, zero-copy and pinning do to it?
    tidemarkd 0.1.0 (3e5a00f) · AMD EPYC · 2 CPUs · 23.5 GiB · Linux 6.18 · kvm
    quick tier: short passes, one calibration of 0.5 s an item; a first impression, never a gate
    ────────────────────────────────────────────────────────────────────────────────────────────────
    DISK          data · ext4 · vda (virtio) · class virtual (confirmed by calibration) ·
                  scheduler none · write cache write back
      direct write 1.90 GB/s · write + sync 1.71 GB/s ·
      4 KiB append + fdatasync p50 171 µs, p99 342 µs

    MACHINE       calibrated in this run
      CRC + varint, one core 12.3 GB/s · loopback stream 9.31 GB/s · timer wake-up p99 84.0 µs

    APPEND THROUGHPUT   MB/s (10⁶ bytes) into data
                                           durability  accepted         durable  of height below
      device  O_DIRECT                     synced          n/a¹           1,902                –
            limited by disk
      engine  64 KiB batches               none           6,310  burst     n/a²            332 %
            limited by page-cache copy and CRC; 97 % of a C loop
      broker  2 producers, 64 KiB batches  none           2,480  burst    1,655             39 %
            limited by cpu (one CPU, by the broker's busiest thread, 97 % used)
      ¹ a device write is durable or it is not counted
      ² the engine probe ends before the kernel has written its pages
      burst: under three of the kernel's dirty limits, so much of it was still in memory

    PAGE-CACHE HIT RATE   % of fetched bytes that were in memory when served
                                    by broker  by process  by device   served
      warm        reader  100.0 [99.3, 100.0]       100.0      100.0  512 MiB
            agree within 0.1 points (readahead off)
      guest-cold  reader       0.4 [0.1, 1.6]         0.0        4.1  512 MiB
            DISAGREE: process and device differ by 4.1 points (readahead off)

    ZERO-COPY   max rate · client on the broker's CPU · 5 pairs · [95 % interval]
      served by                           broker CPU-s/GB  GB/s
      splice                      0.0503 [0.0497, 0.0509]  10.5
      copy 64 KiB                    0.151 [0.149, 0.153]  4.21
      copy 1 MiB                  0.0842 [0.0833, 0.0851]  6.92
      floor: same bytes, no file  0.0451 [0.0447, 0.0455]
                                         broker CPU saved %     net of floor %       throughput x
      splice vs copy 64 KiB (idiomatic)   66.7 [65.9, 67.4]  95.1 [94.0, 96.3]  2.48 [2.41, 2.56]
      splice vs copy 1 MiB (best)         40.3 [38.8, 41.7]  86.7 [85.0, 88.4]               n/a¹
      ¹ client-bound

    LATENCY   response: from the scheduled send to the acknowledgement; one column a placement
                                           unpinned  broker CPU 0 · client CPU 1  timer overshoot
      records/s                              20,000                       20,000
      requests                               40,000                       40,000
      p50                 ≤ 80.1 µs (machine floor)                       190 µs          58.0 µs
      p99                                   1.20 ms        ≤ 2.40 ms (generator)           310 µs
      p99.9                    4.21 ms (3 episodes)                      12.4 ms                –
      p99.99                    n/a (40000 samples)          n/a (40000 samples)                –
      max                                   9.31 ms                      31.0 ms
      placement verified                          –                       99.8 %
      1 node: remote cells not measurable

    BROKER COST   CPU seconds and share of all CPUs, read from outside
                    broker       clients  unattributed          idle
      steady  2.31 s  23 %  3.02 s  30 %  0.84 s   8 %  3.83 s  38 %
      812 CPU-ns/record · 0.263 CPU-s/GB in · peak RSS 24.0 MiB
    ────────────────────────────────────────────────────────────────────────────────────────────────
    AUDIT     every record accounted for in steady; not in slice (discarding client: lengths and
              sampled full reads)
    VERDICT   VALID: every rule held (28 thresholds, listed in run.json)
    LIMITER   cpu (one CPU, by the broker's busiest thread, 97 % used)

    """
