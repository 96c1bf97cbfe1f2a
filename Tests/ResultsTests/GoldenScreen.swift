// The screen of `Sample.quickstart()`, as a reader of the terminal sees it. Change it on purpose only.

let goldenScreen = """
    tidemark · quickstart · 2026-11-23 19:33:28 UTC · run 7f3a9c · quick tier: never a gate
    tidemarkd 0.1.0 (702f7b5d931b) · AMD EPYC · 2 CPUs · 23.5 GiB · Linux 6.18.44-fc-v669 · kvm
    ────────────────────────────────────────────────────────────────────────────────────────────────────
    DISK      data directory · ext4 · vda (virtio) · class virtual · write cache write back
      write + sync 0.991 GB/s · direct write 2.11 GB/s · 4 KiB append + fdatasync p50 152 µs, p99 257 µs
    MACHINE   CRC + varint, one core 21.2 GB/s · memcpy 64 MiB 22.9 GB/s · loopback stream 7.37 GB/s ·
              1 KiB ping-pong p50 41.3 µs, p99 105 µs · timer wake-up p50 18.8 µs, p99 58.3 µs

    APPEND MB/s                     durability  accepted         durable  of height below
      device  O_DIRECT              synced           n/a           2,105                –
      device  buffered + sync       synced           n/a             991                –
      engine  1024 KiB batches      none           2,654  burst      n/a            126 %
      broker  1 × 1024 KiB batches  none             559  burst      552             21 %
      limited by  device: disk · engine: page-cache copy and CRC, 93 % of a C loop · broker: unknown ·
      generator's ceiling: 1,317 MB/s, 42 % of it used

    PAGE-CACHE HIT RATE %  by broker  by process  by device   served
      warm                     100.0       100.0      100.0  516 MiB  agree within 0.0 points
      guest-cold                98.1         0.2        0.2  517 MiB  98 % was read ahead
      of the fetched bytes, those in memory when served · one catch-up consumer · readahead on

    ZERO-COPY                          broker CPU-s/GB  GB/s  % saved vs idiomatic    % saved vs best
      splice                   0.0539 [0.0519, 0.0559]  10.3     77.0 [75.2, 78.8]  56.6 [54.2, 59.0]
      sendfile                 0.0925 [0.0860, 0.0994]  6.24     60.5 [57.3, 63.5]  25.5 [20.4, 30.3]
      copy 64 KiB (idiomatic)     0.234 [0.213, 0.258]  2.74                     –                  –
      copy 1 MiB (best)           0.124 [0.119, 0.130]  4.90                     –                  –
      floor: no file at all    0.0600 [0.0566, 0.0637]
      max rate · broker and client on CPU 0 · 5 pairs · [95 % interval] · saved: broker CPU-s/GB

    LATENCY response                  unpinned  broker CPU 0 · client CPU 1      timer overshoot
      p50                               108 µs                       101 µs              29.8 µs
      p99             ≤ 310 µs (machine floor)                       424 µs               158 µs
      p99.9                n/a (34226 samples)          n/a (35071 samples)  n/a (32020 samples)
      max                              3.86 ms                      4.57 ms
      5,000 records/s · placement verified: 100 % · 1 node: remote cells not measurable

    BROKER COST         broker  clients  unattributed  idle  ns/record  s/GB in  s/GB out  peak RSS
      append steady       35 %     30 %           3 %  33 %      1,267     1.24         –  9.07 MiB
      fetch warm          40 %     25 %           6 %  30 %          –        –    ~0.125  9.07 MiB
      fetch guest-cold    14 %      8 %           2 %  77 %          –        –    ~0.164  9.07 MiB
      unpinned steady     12 %     17 %           2 %  69 %     49,916     48.8      48.7  9.07 MiB
      pinned steady       12 %     17 %           4 %  67 %     50,077     48.9      48.9  9.07 MiB
      % of all CPUs, read from outside · ns and s of broker CPU · ~ under 1 s of broker CPU: indicative
    ────────────────────────────────────────────────────────────────────────────────────────────────────
    AUDIT     every record accounted for in append steady, unpinned steady, pinned steady
    VERDICT   VALID: every rule held (28 thresholds, listed in run.json)
    LIMITER   unknown; nearest: cpu (all CPUs together, 67 % used)
    IN FULL   .build/release/tidemark report --full Results/2026-11-23-quickstart-7f3a9c

    """
