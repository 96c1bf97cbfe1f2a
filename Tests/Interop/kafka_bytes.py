"""Just enough of Kafka's bytes to send requests that no client would, and to know a good answer."""
import socket
import struct
from typing import NamedTuple

PRODUCE, FETCH, METADATA, API_VERSIONS = 0, 1, 3, 18
CORRUPT_MESSAGE, INVALID_RECORD, UNSUPPORTED_VERSION = 2, 87, 35


def _table():
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


CRC_TABLE = _table()


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = CRC_TABLE[(crc ^ byte) & 255] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def varint(value):
    value = value << 1 ^ value >> 63
    out = bytearray()
    while value & ~127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out + bytes([value]))


def string(text):
    return struct.pack(">h", len(text)) + text.encode()


def request(key, version, correlation, body, client="abuse"):
    payload = struct.pack(">hhi", key, version, correlation) + string(client) + body
    return struct.pack(">i", len(payload)) + payload


def batch(values, count=None, length=None, crc=None, attributes=0, magic=2, producer=(-1, -1, -1)):
    """A record batch v2; `count`, `length`, `crc` lie where they are given."""
    records = b""
    for delta, value in enumerate(values):
        record = b"\0" + varint(0) + varint(delta) + varint(-1) + varint(len(value)) + value + varint(0)
        records += varint(len(record)) + record
    count = len(values) if count is None else count
    body = struct.pack(">hiqqqhii", attributes, count - 1, 1_700_000_000_000, 1_700_000_000_000, *producer, count) + records
    crc = crc32c(body) if crc is None else crc
    length = len(body) + 9 if length is None else length
    return struct.pack(">qiibI", 0, length, 0, magic, crc) + body


def produce(correlation, topic, records, partition=0, acks=-1, version=3):
    body = struct.pack(">hhi", -1, acks, 5000) + struct.pack(">i", 1) + string(topic)
    body += struct.pack(">ii", 1, partition) + struct.pack(">i", len(records)) + records
    return request(PRODUCE, version, correlation, body)


def fetch(correlation, topic, offset=0, wait_ms=0, max_bytes=1 << 20, partition=0):
    body = struct.pack(">iiiib", -1, wait_ms, 1, max_bytes, 0) + struct.pack(">i", 1) + string(topic)
    body += struct.pack(">iiqi", 1, partition, offset, max_bytes)
    return request(FETCH, 4, correlation, body)


def metadata(correlation, topic):
    return request(METADATA, 4, correlation, struct.pack(">i", 1) + string(topic) + b"\1")


class Peer:
    """A socket that speaks frames."""

    def __init__(self, address, timeout=10):
        host, port = address.split(":")
        self.socket = socket.create_connection((host, int(port)), timeout)

    def send(self, data):
        self.socket.sendall(data)

    def receive_exactly(self, count):
        data = b""
        while len(data) < count:
            more = self.socket.recv(count - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def answer(self):
        """The next answer's correlation id and body."""
        size, = struct.unpack(">i", self.receive_exactly(4))
        data = self.receive_exactly(size)
        return struct.unpack(">i", data[:4])[0], data[4:]

    def is_closed(self):
        """Whether the broker ends the connection, within the timeout, after whatever it still answers."""
        try:
            while self.socket.recv(65536):
                pass
            return True
        except ConnectionError:
            return True
        except TimeoutError:
            return False

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def produce_error(answer):
    """The error code and base offset of a one-partition Produce answer, versions 3 to 8."""
    at = 4
    size, = struct.unpack_from(">h", answer, at)
    at += 2 + size + 4
    partition, error, offset = struct.unpack_from(">ihq", answer, at)
    return error, offset


class Head(NamedTuple):
    """Of a record batch: its codec's number and who wrote it, -1 each where no idempotent producer did."""
    codec: int
    producer: int
    epoch: int
    sequence: int


def stored_batches(address, topic, max_bytes=1 << 24):
    """The heads of the batches that the broker hands out of partition 0, in their order."""
    with Peer(address) as peer:
        peer.send(fetch(1, topic, max_bytes=max_bytes))
        _, answer = peer.answer()
    at = 4 + 4 + 2 + len(topic) + 4 + 4 + 2 + 8 + 8
    aborted, = struct.unpack_from(">i", answer, at)
    at += 4 + max(0, aborted) * 16
    size, = struct.unpack_from(">i", answer, at)
    at += 4
    end, heads = at + size, []
    while at + 61 <= end:
        length, = struct.unpack_from(">i", answer, at + 8)
        attributes, = struct.unpack_from(">h", answer, at + 21)
        heads.append(Head(attributes & 7, *struct.unpack_from(">qhi", answer, at + 43)))
        at += 12 + length
    return heads
