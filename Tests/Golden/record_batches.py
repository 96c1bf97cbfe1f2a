#!/usr/bin/env python3
"""Writes record_batches.txt: record batches as kafka-python's own builder makes them, one "name hex" a line.

Provenance: kafka-python 3.0.12 (PyPI), class kafka.record.default_records.DefaultRecordBatchBuilder, Python 3.11.
Run:  pip install kafka-python==3.0.12 && ./record_batches.py > record_batches.txt
"""
import struct
from kafka.record._crc32c import crc
from kafka.record.default_records import DefaultRecordBatchBuilder


def batch(records, producer=(-1, -1, -1)):
    builder = DefaultRecordBatchBuilder(
        magic=2, compression_type=0, is_transactional=False, producer_id=producer[0], producer_epoch=producer[1],
        base_sequence=producer[2], batch_size=1 << 20)
    for offset, (timestamp, key, value) in enumerate(records):
        assert builder.append(offset, timestamp, key, value, []) is not None
    return bytes(builder.build())


def pool(seed, count):
    """SplitMix64, little-endian words."""
    mask, state, out = (1 << 64) - 1, seed, bytearray()
    while len(out) < count:
        state = (state + 0x9E3779B97F4A7C15) & mask
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        out += struct.pack("<Q", z ^ (z >> 31))
    return bytes(out[:count])


def stamped(producer, sequence, intended, partition, body):
    head = struct.pack(">4sIQQI", b"TMRK", producer, sequence, intended, partition)
    return head + struct.pack(">I", crc(head + body)) + body


BASE = 1_700_000_000_000
bodies = pool(42, 7 * 68)
CASES = {
    "single": batch([(1000, b"a", b"b")]),
    "nulls": batch([(BASE, None, b"v"), (BASE, b"k", None), (BASE, None, None), (BASE, b"", b"")]),
    "timestamps": batch([(BASE + d, None, b"x" * n) for n, d in enumerate([0, 63, 64, 8191, 8192, 1_048_576, 5, -1])]),
    "producer": batch([(BASE + n // 10, b"key-%d" % n, b"value %d" % n * (n % 40)) for n in range(200)], (4711, 3, 2147483600)),
    "lengths": batch([(BASE, b"k" * (n // 2), b"v" * n) for n in (0, 1, 55, 56, 57, 63, 64, 127, 128, 8170, 8191, 8192, 8193, 20000)]),
    # 100-byte values of producer 5, partition 2, sequences from 1000, intended at 123456789, pool seed 42 of 7 slots.
    "stamped": batch([(BASE, None, stamped(5, 1000 + n, 123456789, 2, bodies[n % 7 * 68:][:68])) for n in range(150)], (9, 0, 0)),
    # 32-byte values: nothing behind the stamp.
    "bare": batch([(BASE, None, stamped(1, n, 7, 0, b"")) for n in range(3)]),
}
for name, data in CASES.items():
    print(name, data.hex())
