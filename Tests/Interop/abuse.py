"""Peers that mean harm or know no better. The broker answers with an error or hangs up; it never falls over."""
import os
import random
import resource
import socket
import struct
import sys
import time
import traceback

from broker import Broker
from kafka_bytes import (API_VERSIONS, CORRUPT_MESSAGE, UNSUPPORTED_VERSION, Peer, batch, fetch, metadata, produce,
                         produce_error, request)

TOPIC = "abused"


def rss_bytes(broker):
    with open(f"/proc/{broker.process.pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def descriptors(broker, kinds=("",)):
    """Open descriptors, or those whose target begins with one of `kinds`."""
    found = 0
    for name in os.listdir(f"/proc/{broker.process.pid}/fd"):
        try:
            found += os.readlink(f"/proc/{broker.process.pid}/fd/{name}").startswith(kinds)
        except OSError:
            continue
    return found


def cpu_ticks(broker):
    with open(f"/proc/{broker.process.pid}/stat") as file:
        return sum(map(int, file.read().rsplit(")")[1].split()[11:13]))


def alive(broker):
    assert broker.process.poll() is None, f"tidemarkd left with {broker.process.returncode}"
    with Peer(broker.address) as peer:
        peer.send(request(API_VERSIONS, 0, 77, b""))
        correlation, body = peer.answer()
        assert correlation == 77 and body[:2] == b"\0\0", body[:8]


def refused_lengths(broker):
    for length in [-1, -(1 << 31), (1 << 31) - 1, 512 << 20]:
        with Peer(broker.address) as peer:
            peer.send(struct.pack(">i", length) + b"x" * 100)
            assert peer.is_closed(), f"a frame of {length} bytes is waited for"
    for length in [0, 1, 7]:
        with Peer(broker.address) as peer:
            peer.send(struct.pack(">i", length) + b"\0" * length)
            assert peer.is_closed(), f"a frame of {length} bytes is taken"


def garbage(broker):
    dice = random.Random(1)
    for _ in range(200):
        with Peer(broker.address) as peer:
            try:
                peer.send(dice.randbytes(dice.randrange(1, 5000)))
            except ConnectionError:
                pass
    with Peer(broker.address) as peer:
        peer.send(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert peer.is_closed()


def unknown_versions(broker):
    with Peer(broker.address) as peer:
        peer.send(request(API_VERSIONS, 99, 5, b"\0\0\0"))
        correlation, body = peer.answer()
        assert correlation == 5 and struct.unpack(">h", body[:2])[0] == UNSUPPORTED_VERSION, body[:6]
        peer.send(request(API_VERSIONS, 0, 6, b""))
        assert peer.answer()[0] == 6, "the connection does not go on at version 0"
    for key, version in [(9999, 0), (-1, 0), (0, 99), (1, -1), (56, 0)]:
        with Peer(broker.address) as peer:
            peer.send(request(key, version, 9, b"\0" * 40))
            assert peer.is_closed(), f"API {key} version {version} is taken"


def produce_answer(broker, records, **options):
    with Peer(broker.address) as peer:
        peer.send(produce(3, TOPIC, records, **options))
        return produce_error(peer.answer()[1])


def bad_batches(broker):
    good = batch([b"one", b"two"])
    assert produce_answer(broker, good)[0] == 0
    for name, records, wanted in [
        ("a wrong checksum", batch([b"one"], crc=1), {CORRUPT_MESSAGE}),
        ("a count too high, checksum right", batch([b"one"], count=2), {CORRUPT_MESSAGE, 87}),
        ("a count too low, checksum right", batch([b"one", b"two"], count=1), {CORRUPT_MESSAGE, 87}),
        ("a count of nothing", batch([], count=0), {CORRUPT_MESSAGE, 87}),
        ("a huge count", batch([b"one"], count=1 << 30), {CORRUPT_MESSAGE, 87}),
        ("a length too long", batch([b"one"], length=1 << 20), {CORRUPT_MESSAGE, 87}),
        ("a length too short", batch([b"one"], length=20), {CORRUPT_MESSAGE, 87}),
        ("a negative length", batch([b"one"], length=-5), {CORRUPT_MESSAGE, 87}),
        ("two batches", good + good, {87, CORRUPT_MESSAGE}),
        ("an old format", batch([b"one"], magic=1), {CORRUPT_MESSAGE, 87, 43}),
        ("an unknown codec", batch([b"one"], attributes=7), {CORRUPT_MESSAGE, 87, 76}),
        ("a control batch from a client", batch([b"one"], attributes=32), {87}),
        ("a batch of no transaction that says it is of one", batch([b"one"], attributes=16), {48}),
        ("nothing at all", b"", {87, CORRUPT_MESSAGE}),
        ("half a header", good[:30], {87, CORRUPT_MESSAGE}),
    ]:
        error, _ = produce_answer(broker, records)
        assert error in wanted, f"{name}: error {error}, expected one of {sorted(wanted)}"
    error, offset = produce_answer(broker, good)
    assert (error, offset) == (0, 2), f"a good batch after bad ones: error {error}, offset {offset}"
    assert produce_answer(broker, good, partition=4096)[0] == 3, "a partition that is not there"
    assert produce_answer(broker, good, partition=-1)[0] == 3, "a negative partition"


def mutations(broker):
    """Valid requests with a few bytes changed, lengths kept: any answer will do, as long as there is a broker."""
    dice = random.Random(2)
    originals = [produce(1, TOPIC, batch([b"x" * 50] * 3)), fetch(2, TOPIC), metadata(3, TOPIC),
                 request(API_VERSIONS, 3, 4, b"\0\2a\2b\0")]
    for number in range(3000):
        data = bytearray(dice.choice(originals))
        for _ in range(dice.randrange(1, 6)):
            data[dice.randrange(4, len(data))] = dice.randrange(256)
        try:
            with Peer(broker.address) as peer:
                peer.send(data)
        except ConnectionError:
            pass
        if number % 500 == 0:
            alive(broker)


def half_closed(broker):
    for data in [b"", b"\0", produce(1, TOPIC, batch([b"a"]))[:20]]:
        with Peer(broker.address) as peer:
            peer.send(data)
            peer.socket.shutdown(socket.SHUT_WR)
            assert peer.is_closed(), f"a peer that ended after {len(data)} bytes is kept"
    with Peer(broker.address) as peer:
        peer.send(request(API_VERSIONS, 0, 1, b"") * 3)
        peer.socket.shutdown(socket.SHUT_WR)
        assert [peer.answer()[0] for _ in range(3)] == [1, 1, 1], "answers owed to a peer that ended are dropped"


def pipelining(broker):
    """Answers come in the order of the requests, whatever each takes."""
    with Peer(broker.address) as peer:
        sent = b""
        for number in range(300):
            kind = [request(API_VERSIONS, 0, number, b""), metadata(number, TOPIC), fetch(number, TOPIC, wait_ms=5),
                    produce(number, TOPIC, batch([b"p"])), fetch(number, TOPIC, offset=1 << 40)]
            sent += kind[number % len(kind)]
        peer.send(sent)
        assert [peer.answer()[0] for _ in range(300)] == list(range(300))


def one_byte_at_a_time(broker):
    with Peer(broker.address) as peer:
        for byte in produce(8, TOPIC, batch([b"slow"])):
            peer.send(bytes([byte]))
        assert produce_error(peer.answer()[1])[0] == 0


def resets(broker):
    """Peers that hang up with requests and answers under way."""
    for _ in range(300):
        peer = Peer(broker.address)
        peer.send(fetch(1, TOPIC, wait_ms=500) + produce(2, TOPIC, batch([b"r"])))
        peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.close()


def stalled_readers(broker):
    """Peers that ask for megabytes and never read: their memory is bounded and nobody else waits."""
    value = b"s" * 60_000
    with Peer(broker.address) as peer:
        for number in range(200):
            peer.send(produce(number, TOPIC, batch([value])))
            assert produce_error(peer.answer()[1])[0] == 0
    before = rss_bytes(broker)
    peers = [Peer(broker.address) for _ in range(64)]
    for peer in peers:
        peer.socket.settimeout(0.2)
        try:
            peer.send(fetch(1, TOPIC, max_bytes=50 << 20) * 200)
        except TimeoutError:
            pass
    time.sleep(0.5)
    began = time.monotonic()
    alive(broker)
    assert time.monotonic() - began < 1, "others wait for peers that do not read"
    grown = rss_bytes(broker) - before
    for peer in peers:
        peer.close()
    assert grown < 64 << 20, f"{grown >> 20} MiB more for 64 peers that do not read"


def withheld_frames(broker):
    """Peers that announce large frames and send half: bounded too."""
    before = rss_bytes(broker)
    peers = []
    for _ in range(200):
        peer = Peer(broker.address)
        peer.send(struct.pack(">i", 1_000_000) + b"\0\0\0\3\0\0\0\1" + b"h" * 1000)
        peers.append(peer)
    time.sleep(0.3)
    alive(broker)
    grown = rss_bytes(broker) - before
    for peer in peers:
        peer.close()
    assert grown < 64 << 20, f"{grown >> 20} MiB more for 200 announced frames of 1 MB"


def nothing_left(broker):
    """After all of it: no socket of a peer that left, few pipes, a short log."""
    deadline = time.monotonic() + 10
    while (sockets := descriptors(broker, ("socket:",))) > broker.first_sockets and time.monotonic() < deadline:
        time.sleep(0.1)
    assert sockets <= broker.first_sockets, f"{sockets} sockets, {broker.first_sockets} at the start"
    pipes = descriptors(broker, ("pipe:",))
    assert pipes < 150, f"{pipes} pipes kept"
    size = os.path.getsize(broker.log_path)
    assert size < 200_000, f"{size} bytes of log for one bout of bad input"


def few_descriptors(_):
    """At the limit of open files new peers wait or are turned away, and service goes on when others leave."""
    broker = Broker("abuse-files", ["auto.create.topics.enable=true"])
    try:
        broker.start()
        resource.prlimit(broker.process.pid, resource.RLIMIT_NOFILE, (descriptors(broker) + 20,) * 2)
        peers = []
        for _ in range(100):
            peers.append(Peer(broker.address))
        time.sleep(0.3)
        before = cpu_ticks(broker)
        time.sleep(1)
        ticks = cpu_ticks(broker) - before
        assert ticks < 50, f"{ticks} ticks of CPU in a second at the limit of open files: it spins"
        for peer in peers:
            peer.close()
        time.sleep(0.5)
        alive(broker)
        broker.stop()
    finally:
        broker.remove()


TESTS = [refused_lengths, garbage, unknown_versions, bad_batches, mutations, half_closed, pipelining, one_byte_at_a_time,
         resets, stalled_readers, withheld_frames, nothing_left, few_descriptors]


def main():
    broker = Broker("abuse", ["auto.create.topics.enable=true"]).start()
    failed = 0
    try:
        with Peer(broker.address) as peer:
            peer.send(metadata(1, TOPIC))
            peer.answer()
        broker.first_sockets = descriptors(broker, ("socket:",))
        for test in TESTS:
            if sys.argv[1:] and test.__name__ not in sys.argv[1:]:
                continue
            began = time.monotonic()
            try:
                test(broker)
                alive(broker)
                print(f"ok abuse: {test.__name__.replace('_', ' ')} ({time.monotonic() - began:.1f} s)", flush=True)
            except Exception as error:
                failed += 1
                print(f"FAIL abuse: {test.__name__.replace('_', ' ')}: {error or type(error).__name__}", flush=True)
                traceback.print_exc(limit=-2)
                if broker.process.poll() is not None:
                    print(f"tidemarkd left with {broker.process.returncode}:\n{broker.log_tail()}", flush=True)
                    broker.start()
                    broker.first_sockets = descriptors(broker, ("socket:",))
        broker.stop()
    finally:
        broker.remove()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
