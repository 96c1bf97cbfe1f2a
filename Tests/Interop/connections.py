"""How many connections one broker holds, and how fast it lets go of them: `connections.py [COUNT]`.

Opens COUNT connections, asks ApiVersions and Metadata and produces a record on each, all of them open all the time,
then asks for an end; once more with some that take no answers. One line a fact: figures, then `ok NAME` or `FAIL NAME: why`. Everything is on the loopback
address, and the descriptors it needs are its own and the broker's: COUNT and a few hundred each.
"""
import os
import resource
import selectors
import signal
import socket
import struct
import sys
import time

from broker import Broker
from kafka_bytes import API_VERSIONS, batch, fetch, metadata, produce, request

SPARE = 500
SECONDS = 120
# The bound for an ordered end with 10,000 connections.
END_SECONDS = 5


class Peer:
    """A non-blocking connection that knows what it still has to hear."""

    def __init__(self, port):
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.connect_ex(("127.0.0.1", port))
        self.heard = b""

    def answers(self):
        """Takes what is there; the correlation ids of whole answers."""
        ids = []
        self.heard += self.socket.recv(65536)
        while len(self.heard) >= 8:
            size, correlation = struct.unpack_from(">ii", self.heard)
            if len(self.heard) < 4 + size:
                break
            ids.append(correlation)
            self.heard = self.heard[4 + size:]
        return ids


def rss_bytes(pid):
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def ask_all(peers, frame, correlation):
    """Sends on every connection, then waits until every one has its answer."""
    selector = selectors.EpollSelector()
    for peer in peers:
        selector.register(peer.socket, selectors.EVENT_WRITE, peer)
    waiting = len(peers)
    deadline = time.monotonic() + SECONDS
    while waiting and time.monotonic() < deadline:
        for key, events in selector.select(1):
            peer = key.data
            if events & selectors.EVENT_WRITE:
                sent = peer.socket.send(frame)
                assert sent == len(frame), "a small request does not fit a fresh socket's buffer"
                selector.modify(peer.socket, selectors.EVENT_READ, peer)
            elif events & selectors.EVENT_READ:
                for found in peer.answers():
                    assert found == correlation, (found, correlation)
                    selector.unregister(peer.socket)
                    waiting -= 1
    selector.close()
    assert waiting == 0, f"{waiting} connections have no answer after {SECONDS} s"


def milliseconds(since):
    return f"{(time.monotonic() - since) * 1000:.0f} ms"


def open_all(broker, count):
    """Connections that have each had an answer: the listener's backlog is 512, so they come in lots."""
    peers = []
    for start in range(0, count, 256):
        fresh = [Peer(broker.port) for _ in range(min(256, count - start))]
        ask_all(fresh, request(API_VERSIONS, 0, 1, b""), 1)
        peers += fresh
    return peers


def end(broker):
    """Seconds that an end in order took."""
    began = time.monotonic()
    broker.process.send_signal(signal.SIGTERM)
    code = broker.process.wait(30)
    took = time.monotonic() - began
    assert code == 0, f"tidemarkd left with {code}: {broker.log_tail()}"
    assert took < END_SECONDS, f"the end took {took:.1f} s, not {END_SECONDS} s"
    return took


def hold(broker, count):
    before = rss_bytes(broker.process.pid)
    began = time.monotonic()
    peers = open_all(broker, count)
    print(f"{count} connections opened and answered ApiVersions in {milliseconds(began)}", flush=True)
    # The first one makes the topic.
    ask_all(peers[:1], metadata(2, "held"), 2)
    began = time.monotonic()
    ask_all(peers, metadata(2, "held"), 2)
    print(f"each asked for metadata in {milliseconds(began)}", flush=True)
    began = time.monotonic()
    ask_all(peers, produce(3, "held", batch([b"one"])), 3)
    print(f"each produced a record in {milliseconds(began)}", flush=True)
    held = rss_bytes(broker.process.pid) - before
    print(f"resident memory {rss_bytes(broker.process.pid) / 2**20:.1f} MiB, {held / count:.0f} bytes a connection", flush=True)
    print(f"ok {count} connections are held and served", flush=True)
    took = end(broker)
    # The last of so many ends may still be with the kernel's packet thread when the process is gone.
    for peer in peers:
        peer.socket.settimeout(END_SECONDS)
    assert all(peer.socket.recv(1) == b"" for peer in peers), "a connection got something else than its end"
    print(f"ended in order in {took * 1000:.0f} ms with {count} connections open", flush=True)
    print(f"ok an end in order with {count} connections takes under {END_SECONDS} s", flush=True)
    return peers


def end_with_the_deaf(broker, count, deaf):
    """Some take no answer, and have more coming than any buffer holds."""
    broker.start()
    peers = open_all(broker, count)
    ask_all(peers[:1], metadata(2, "large"), 2)
    large = batch([b"x" * 900_000])
    for number in range(16):
        ask_all(peers[:1], produce(3, "large", large), 3)
    for peer in peers[:deaf]:
        peer.socket.send(fetch(4, "large", max_bytes=64 << 20))
    took = end(broker)
    assert f"{deaf} connections are cut" in broker.log_tail(), broker.log_tail()
    print(f"ended in order in {took * 1000:.0f} ms with {count} connections open, {deaf} of which took no answer", flush=True)
    print(f"ok {deaf} deaf connections do not hold up an end", flush=True)
    return peers


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < count + SPARE:
        print(f"FAIL {count} connections: RLIMIT_NOFILE is {hard} and cannot be raised; {count + SPARE} are needed")
        return 1
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    broker = Broker("connections", [f"max.connections={count}"])
    peers = []
    try:
        broker.start()
        peers += hold(broker, count)
        peers += end_with_the_deaf(broker, min(count, 500), 20)
    except Exception as error:
        print(f"FAIL {count} connections: {type(error).__name__}: {error}", flush=True)
        return 1
    finally:
        for peer in peers:
            peer.socket.close()
        broker.remove()
    return 0


if __name__ == "__main__":
    sys.exit(main())
