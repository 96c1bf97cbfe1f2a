"""Stands between unmodified clients and a broker, and keeps some of the frames that pass."""
import socket
import struct
import threading

SASL_HANDSHAKE = 17
# A kept frame's bytes at most, its length included: captures.txt is for people, too.
LIMIT = 4096


class Captures:
    """Of each writer, API, version and direction the smallest and the largest frame that is within LIMIT: the one without and
    the one with. Of frames of one size the first."""

    def __init__(self, names):
        """`names`: the API's name by key and version; other frames are not kept."""
        self.names, self.kept, self.lock = names, {}, threading.Lock()

    def add(self, writer, key, version, direction, frame):
        name = self.names.get((key, version))
        if name is None or len(frame) > LIMIT:
            return
        place = (writer, name, version, direction)
        with self.lock:
            small, large = self.kept.get(place, (frame, frame))
            self.kept[place] = (frame if len(frame) < len(small) else small, frame if len(frame) > len(large) else large)

    def lines(self):
        for (writer, name, version, direction), frames in sorted(self.kept.items()):
            for frame in sorted(set(frames), key=len):
                yield f"{writer} {name} {version} {direction} {frame.hex()}"


def frames(stream):
    """Whole frames with their length, until the stream ends."""
    with stream.makefile("rb") as file:
        while len(length := file.read(4)) == 4:
            body = file.read(int.from_bytes(length, "big"))
            yield length + body


class Proxy:
    """A listener whose connections lead to `upstream`, HOST:PORT of the loopback address.

    `heard(key, version, direction, frame)` is told of every frame with a header, in the order of its connection. With
    `leads_back` an answer that names the upstream's address reaches the client with this one's, for a broker that can't be told
    what to advertise; what is heard is the answer as it was written.
    """

    def __init__(self, upstream, heard, leads_back=False):
        self.upstream, self.heard = upstream, heard
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        self.exchange = (self.place(upstream), self.place(self.address)) if leads_back else None
        threading.Thread(target=self.run, daemon=True).start()

    @staticmethod
    def place(address):
        """A host and port as Metadata and FindCoordinator write them, but for the host's length."""
        host, port = address.rsplit(":", 1)
        return host.encode() + struct.pack(">i", int(port))

    def run(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            try:
                broker = socket.create_connection(tuple(self.upstream.split(":")), 10)
            except OSError:
                client.close()
                continue
            broker.settimeout(None)
            Conversation(self, client, broker)

    def close(self):
        # A close alone would not wake the accepting thread.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


class Conversation:
    """One connection and its two directions, a thread each."""

    def __init__(self, proxy, client, broker):
        self.proxy, self.client, self.broker = proxy, client, broker
        self.asked = {}  # API key and version by correlation id, until it is answered
        for stream in (client, broker):
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for direction in (self.requests, self.answers):
            threading.Thread(target=self.carry, args=(direction,), daemon=True).start()

    def carry(self, direction):
        try:
            direction()
        except OSError:
            pass  # one side is gone; the other is told below
        for stream in (self.client, self.broker):
            try:
                stream.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            stream.close()

    def requests(self):
        is_token = False
        for frame in frames(self.client):
            if is_token:
                # After a handshake of version 0 PLAIN's one token comes without a header, and is answered without one.
                is_token = False
            else:
                key, version, correlation = struct.unpack_from(">hhi", frame, 4)
                is_token = (key, version) == (SASL_HANDSHAKE, 0)
                self.asked[correlation] = key, version
                self.proxy.heard(key, version, "request", frame)
            self.broker.sendall(frame)

    def answers(self):
        for frame in frames(self.broker):
            if len(frame) >= 8:
                asked = self.asked.pop(struct.unpack_from(">i", frame, 4)[0], None)
                if asked:
                    self.proxy.heard(*asked, "response", frame)
            self.client.sendall(frame.replace(*self.proxy.exchange) if self.proxy.exchange else frame)
