#!/usr/bin/env python3
"""Compressed bytes by other implementations of the four codecs.

    codecs.py > codecs.txt      writes the golden lines "codec variant plaintext-name hex"
    codecs.py --check           reads lines "codec hex-of-compressed hex-of-plaintext", fails on the first that differs

Provenance: Python 3.11's gzip; python-snappy 0.7.3 (whose Snappy is cramjam 2.14.0's, in Rust); kafka-python
3.0.12's writer and reader of snappy-java's framing; lz4 4.4.5; zstandard 0.25.0, all of PyPI. Run it with the
packages of Tests/Interop/requirements.txt. The output is the same every time: no clock, no random numbers.
"""
import gzip
import sys

import lz4.frame
import snappy
import zstandard
from kafka.codec import snappy_decode, snappy_encode

# The tests make the same plaintexts by the same rules.
PLAINTEXTS = {
    "empty": b"",
    "byte": b"T",
    "counted": b"".join(b"record %d of the log; " % n for n in range(100)),
    # Longer than a block of snappy-java (32 KiB), of LZ4 (64 KiB) and a window of gzip.
    "long": b"".join(b"%d " % (n // 40) for n in range(20_000)),
}


def gzip_variants(data):
    whole = gzip.compress(data, 6, mtime=0)
    yield "default", whole
    yield "fast", gzip.compress(data, 1, mtime=0)
    if len(data) < 10_000:
        yield "stored", gzip.compress(data, 0, mtime=0)
    # A header with a file name (flag 8) in front of the same stream.
    yield "named", whole[:3] + b"\x08" + whole[4:10] + b"name\0" + whole[10:]
    half = len(data) // 2
    yield "two", gzip.compress(data[:half], mtime=0) + gzip.compress(data[half:], mtime=0)


def snappy_variants(data):
    yield "block", bytes(snappy.compress(data))
    yield "xerial", snappy_encode(data, xerial_compatible=True, xerial_blocksize=32 << 10)
    yield "xerial-small", snappy_encode(data, xerial_compatible=True, xerial_blocksize=1 << 10)
    half = len(data) // 2
    yield "xerial-two", snappy_encode(data[:half]) + snappy_encode(data[half:])


def lz4_variants(data):
    small = dict(block_size=lz4.frame.BLOCKSIZE_MAX64KB, store_size=False)
    # As Kafka's Java clients write it.
    yield "independent", lz4.frame.compress(data, block_linked=False, **small)
    yield "linked", lz4.frame.compress(data, block_linked=True, **small)
    yield "checked", lz4.frame.compress(data, content_checksum=True, block_checksum=True, store_size=True)
    yield "high", lz4.frame.compress(data, compression_level=12, **small)
    half = len(data) // 2
    yield "two", lz4.frame.compress(data[:half]) + lz4.frame.compress(data[half:])


def zstd_variants(data):
    def frame(data, level=3, **options):
        return zstandard.ZstdCompressor(level=level, **options).compress(data)

    yield "sized", frame(data)
    # As a stream writes it, Kafka's Java clients' among them.
    yield "unsized", frame(data, write_content_size=False)
    yield "checked", frame(data, write_checksum=True, write_content_size=False)
    yield "high", frame(data, level=19)
    half = len(data) // 2
    yield "two", frame(data[:half], write_content_size=False) + frame(data[half:])
    yield "skippable", b"\x5a\x2a\x4d\x18\x05\0\0\0notes" + frame(data)


VARIANTS = {"gzip": gzip_variants, "snappy": snappy_variants, "lz4": lz4_variants, "zstd": zstd_variants}


def decoded(codec, data):
    if codec == "gzip":
        return gzip.decompress(data)
    if codec == "lz4":
        return lz4.frame.decompress(data)
    if codec == "zstd":
        return zstandard.ZstdDecompressor().decompressobj().decompress(data)
    return snappy_decode(data)


def check():
    lines = 0
    for line in sys.stdin:
        codec, compressed, plain = line.rstrip("\n").split(" ")
        if decoded(codec, bytes.fromhex(compressed)) != bytes.fromhex(plain):
            sys.exit(f"line {lines}: {codec} decodes to something else")
        lines += 1
    print(lines)


if sys.argv[1:] == ["--check"]:
    check()
else:
    for codec, variants in VARIANTS.items():
        for name, data in PLAINTEXTS.items():
            for variant, compressed in variants(data):
                print(codec, variant, name, compressed.hex())
