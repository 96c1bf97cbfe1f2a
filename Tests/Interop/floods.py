"""Strangers in numbers. While they drip bytes, begin handshakes or send garbage, a well-behaved client stays served, in
bounded memory. Everything stays on loopback; each flood ends after a few seconds."""
import os
import random
import resource
import selectors
import socket
import ssl
import struct
import sys
import threading
import time
import traceback

from abuse import cpu_ticks, descriptors, rss_bytes
from broker import Broker, free_port
from certificates import Certificates
from kafka_bytes import Peer, batch, fetch, metadata, produce, produce_error

TOPIC = "flooded"
SECONDS = 4
# From another address than the well-behaved client's, as a stranger would.
STRANGER = "127.0.0.2"
# Memory that a flood may take: incomplete requests, 1,024 unfinished handshakes of 30 KB, and what the allocator keeps.
QUEUED = 64 << 20
GROWTH_LIMIT = QUEUED + (128 << 20)


class Bystander(threading.Thread):
    """A well-behaved client: it produces a record, fetches it back, and counts. A failure of its ends the test."""

    def __init__(self, name, connect):
        super().__init__(name=name, daemon=True)
        self.connect, self.rounds, self.slowest, self.failure = connect, 0, 0.0, None
        self.going = threading.Event()
        self.going.set()

    def run(self):
        try:
            peer = self.connect()
            while self.going.is_set():
                began = time.monotonic()
                value = b"%s %d" % (self.name.encode(), self.rounds)
                peer.send(produce(self.rounds, TOPIC, batch([value])))
                correlation, body = peer.answer()
                error, offset = produce_error(body)
                assert (correlation, error) == (self.rounds, 0), f"produce is answered {correlation} with error {error}"
                peer.send(fetch(self.rounds, TOPIC, offset=offset, wait_ms=100))
                assert value in peer.answer()[1], "its record does not come back"
                self.slowest = max(self.slowest, time.monotonic() - began)
                self.rounds += 1
                time.sleep(0.01)
            peer.close()
            # New connections are let in during a flood, too.
            self.connect().close()
        except Exception as error:
            self.failure = f"{self.name}, round {self.rounds}: {type(error).__name__} {error}"

    def finish(self):
        self.going.clear()
        self.join(20)
        assert not self.is_alive(), f"{self.name} hangs"
        assert self.failure is None, self.failure


class Place:
    def __init__(self):
        self.tls = f"127.0.0.1:{free_port()}"
        self.broker = Broker("floods", ["auto.create.topics.enable=true", "socket.connection.setup.timeout.ms=2000",
                                        "max.connections.per.ip=3000", f"queued.max.bytes={QUEUED}"], ["--listen", f"{self.tls},security=tls"])
        certificates = Certificates(os.path.join(self.broker.directory, "certificates"))
        self.context = ssl.create_default_context(cafile=certificates.path("ca.crt"))
        self.broker.settings.append(f"ssl.keystore.location={certificates.path('broker.pem')}")
        self.broker.start()

    def plain_peer(self):
        return Peer(self.broker.address)

    def tls_peer(self):
        peer = Peer(self.tls)
        peer.socket = self.context.wrap_socket(peer.socket, server_hostname="localhost")
        return peer

    def stranger(self, address):
        """A connection from the stranger's address, without waiting for it."""
        stream = socket.socket()
        stream.setblocking(False)
        stream.bind((STRANGER, 0))
        host, port = address.split(":")
        stream.connect_ex((host, int(port)))
        return stream


def send(stream, data):
    """- Returns: whether the other side still takes bytes."""
    try:
        stream.send(data)
        return True
    except BlockingIOError:
        return True
    except OSError:
        return False


def count_closed(streams):
    """How many of them the broker has closed by now."""
    closed = 0
    for stream in streams:
        try:
            closed += stream.recv(4096) == b""
        except BlockingIOError:
            pass
        except OSError:
            closed += 1
    return closed


def slow_loris(place, deadline):
    """1,000 sockets on both ports that send a byte of a request now and then, and never a whole one."""
    streams = [place.stranger(place.broker.address if number % 2 else place.tls) for number in range(1_000)]
    opening = {0: b"\0\0\1\0\0\3\0\4", 1: b"\x16\3\1\2\0\1\0\1\xfc\3\3"}
    place_in = 0
    while time.monotonic() < deadline:
        for number, stream in enumerate(streams):
            front = opening[1 - number % 2]
            send(stream, front[place_in:place_in + 1] if place_in < len(front) else b"\0")
        place_in += 1
        time.sleep(0.3)
    closed = count_closed(streams)
    for stream in streams:
        stream.close()
    assert closed == len(streams), f"{len(streams) - closed} of {len(streams)} dripping sockets are still open after {SECONDS} s"


def half_open(place, deadline):
    """2,500 sockets that connect to the TLS port and say nothing, or half a ClientHello; 1,500 a second more where they are closed."""
    streams = [place.stranger(place.tls) for _ in range(2_500)]
    made = began_with = len(streams)
    began = time.monotonic()
    while time.monotonic() < deadline:
        for number, stream in enumerate(streams):
            if made > began_with + 1_500 * (time.monotonic() - began):
                break
            try:
                if stream.recv(4096):
                    continue
            except BlockingIOError:
                if number % 2:
                    send(stream, b"\x16\3\1\2\0\1\0\1\xfc\3\3" + bytes(100))
                continue
            except OSError:
                pass
            stream.close()
            streams[number] = place.stranger(place.tls)
            made += 1
        time.sleep(0.05)
    place.most_sockets = descriptors(place.broker, ("socket:",))
    for stream in streams:
        stream.close()
    assert made > len(streams), "no unfinished handshake was closed"


def handshakes(place, deadline):
    """Clients that make whole handshakes, the dear part, and leave."""
    done = [0] * 8

    def make(number):
        while time.monotonic() < deadline:
            try:
                with socket.create_connection(tuple(place.tls.split(":")), 5, (STRANGER, 0)) as stream:
                    with place.context.wrap_socket(stream, server_hostname="localhost"):
                        done[number] += 1
            except (OSError, ssl.SSLError):
                pass
    threads = [threading.Thread(target=make, args=(number,), daemon=True) for number in range(len(done))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sum(done) > 20, f"{sum(done)} handshakes only"


def garbage(place, deadline):
    """Random bytes to both ports, as fast as they are taken, over 64 connections that begin anew."""
    dice = random.Random(3)
    noise = dice.randbytes(1 << 20)
    addresses = [place.broker.address, place.tls]
    waiting = selectors.DefaultSelector()
    for number in range(64):
        waiting.register(place.stranger(addresses[number % 2]), selectors.EVENT_WRITE, addresses[number % 2])
    begun = 64
    while time.monotonic() < deadline:
        for key, _ in waiting.select(0.1):
            at = dice.randrange(len(noise) - 70_000)
            if not send(key.fileobj, noise[at:at + dice.randrange(1, 65_536)]):
                waiting.unregister(key.fileobj)
                key.fileobj.close()
                waiting.register(place.stranger(key.data), selectors.EVENT_WRITE, key.data)
                begun += 1
    for key in list(waiting.get_map().values()):
        key.fileobj.close()
    assert begun > 500, f"{begun} connections of garbage only"


def large_promises(place, deadline):
    """Frames of 50 MB that are announced, begun and never finished: together they stay within queued.max.bytes."""
    streams = [place.stranger(place.broker.address) for _ in range(300)]
    piece = bytes(16_384)
    for stream in streams:
        send(stream, struct.pack(">i", 50_000_000) + b"\0\0\0\3\0\0\0\1")
    while time.monotonic() < deadline - 1:
        for stream in streams:
            send(stream, piece)
        time.sleep(0.2)
    for stream in streams:
        stream.close()


def one_address(place, deadline):
    """An address at its limit is turned away; another is served meanwhile."""
    told = os.path.getsize(place.broker.log_path)
    streams = []
    while time.monotonic() < deadline:
        # No more at once than the backlog takes.
        streams += [place.stranger(place.broker.address) for _ in range(250 if len(streams) < 3_500 else 0)]
        time.sleep(0.05)
        with open(place.broker.log_path) as log:
            log.seek(told)
            if "is refused: 3000 connections of that address are open, max.connections.per.ip" in log.read():
                break
    else:
        raise AssertionError(f"none of {len(streams)} connections was turned away at max.connections.per.ip=3000")
    place.plain_peer().close()
    for stream in streams:
        stream.close()


FLOODS = [slow_loris, half_open, handshakes, garbage, large_promises, one_address]


def run(place, flood):
    before = rss_bytes(place.broker)
    bystanders = [Bystander("plain client", place.plain_peer), Bystander("TLS client", place.tls_peer)]
    for bystander in bystanders:
        bystander.start()
    while not all(bystander.rounds or bystander.failure for bystander in bystanders):
        time.sleep(0.01)
    highest, going = [before], threading.Event()
    going.set()

    def watch():
        while going.is_set():
            highest[0] = max(highest[0], rss_bytes(place.broker))
            time.sleep(0.02)
    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        flood(place, time.monotonic() + SECONDS)
    finally:
        for bystander in bystanders:
            bystander.going.clear()
        going.clear()
        watcher.join()
    for bystander in bystanders:
        bystander.finish()
        assert bystander.rounds >= 10, f"{bystander.name} was served {bystander.rounds} times in {SECONDS} s"
    assert place.broker.process.poll() is None, f"tidemarkd left with {place.broker.process.returncode}"
    grown = highest[0] - before
    assert grown < GROWTH_LIMIT, f"{grown >> 20} MiB more"
    served = ", ".join(f"{b.name} {b.rounds} rounds, slowest {b.slowest * 1000:.0f} ms" for b in bystanders)
    return f"{served}, {max(grown, 0) >> 20} MiB more"


def nothing_left(place):
    """When all strangers are gone their sockets are, too, and the broker rests."""
    deadline = time.monotonic() + 10
    while (left := descriptors(place.broker, ("socket:",))) > place.first_sockets and time.monotonic() < deadline:
        time.sleep(0.1)
    assert left <= place.first_sockets, f"{left} sockets, {place.first_sockets} at the start"
    before = cpu_ticks(place.broker)
    time.sleep(1)
    assert cpu_ticks(place.broker) - before < 20, "the broker is busy with nothing"
    size = os.path.getsize(place.broker.log_path)
    assert size < 200_000, f"{size} bytes of log"
    return f"{size} bytes of log"


def main():
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    place = Place()
    failed = 0
    try:
        with place.plain_peer() as peer:
            peer.send(metadata(1, TOPIC))
            peer.answer()
        place.first_sockets = descriptors(place.broker, ("socket:",))
        for test in [*FLOODS, nothing_left]:
            if sys.argv[1:] and test.__name__ not in sys.argv[1:]:
                continue
            name = test.__name__.replace("_", " ")
            try:
                told = nothing_left(place) if test is nothing_left else run(place, test)
                print(f"ok floods: {name} ({told})", flush=True)
            except Exception as error:
                failed += 1
                print(f"FAIL floods: {name}: {error or type(error).__name__}", flush=True)
                traceback.print_exc(limit=-2)
                print(place.broker.log_tail(), flush=True)
                if place.broker.process.poll() is not None:
                    place.broker.start()
        place.broker.stop()
    finally:
        place.broker.remove()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
