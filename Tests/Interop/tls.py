"""The same clients over TLS, with and without certificates of their own; and everybody who must be turned away."""
import asyncio
import os
import random
import socket
import ssl
import struct
import subprocess
import sys
import time
import traceback
import warnings

from broker import Broker, free_port
from certificates import Certificates
from interop import compare, lines, same
from kafka_bytes import API_VERSIONS, Peer, request

RECORDS = 20_000
THREADS = 3
PASSWORD = "a-secret-of-the-tests"


class Place:
    """A broker with a plain listener, a TLS one, and one that requires certificates."""

    def __init__(self):
        self.open, self.closed = (f"127.0.0.1:{free_port()}" for _ in range(2))
        self.broker = Broker("tls", ["auto.create.topics.enable=true", f"num.network.threads={THREADS}"], [
            "--listen", f"{self.open},security=tls", "--listen", f"{self.closed},security=tls,ssl.client.auth=required"])
        self.certificates = Certificates(os.path.join(self.broker.directory, "certificates"))
        self.ann = self.certificates.issue("ann", "/C=DE/O=Example/CN=ann")
        self.stranger = self.certificates.issue("stranger", "/CN=stranger", by="other")
        self.expired = self.certificates.issue("expired", "/CN=expired", days=-1)
        self.authority = self.certificates.path("ca.crt")
        self.broker.settings += [f"ssl.keystore.location={self.certificates.path('broker.pem')}",
                                 f"ssl.truststore.location={self.authority}"]
        self.broker.start()

    def librdkafka(self, closed):
        """An address, and what librdkafka needs for it: a client certificate where one is required."""
        options = {"security.protocol": "ssl", "ssl.ca.location": self.authority}
        if closed:
            options |= {"ssl.certificate.location": self.ann[0], "ssl.key.location": self.ann[1]}
        return (self.closed if closed else self.open), options

    def context(self, certificate=None, newest=None):
        context = ssl.create_default_context(cafile=self.authority)
        if certificate:
            context.load_cert_chain(*certificate)
        if newest:
            context.maximum_version = newest
        return context

    def connect(self, address, context, session=None):
        host, port = address.split(":")
        return context.wrap_socket(socket.create_connection((host, int(port)), 10), server_hostname="localhost", session=session)


def asks(stream):
    """Whether a socket gets an answer to ApiVersions."""
    try:
        stream.sendall(request(API_VERSIONS, 0, 7, b""))
        head = stream.recv(12)
        return len(head) >= 8 and head[4:8] == struct.pack(">i", 7)
    except (ssl.SSLError, ConnectionError):
        return False


def kcat(place, address, options, *arguments):
    words = [word for name, value in options.items() for word in ("-X", f"{name}={value}")]
    done = subprocess.run(["kcat", "-b", address, *words, *arguments], capture_output=True, timeout=60)
    if done.returncode != 0:
        raise AssertionError(f"kcat {' '.join(arguments)} left with {done.returncode}: {done.stderr.decode()[-400:]}")
    return done.stdout


def kcat_both_ways(place):
    """What is written over one listener comes back byte for byte over each."""
    path = os.path.join(place.broker.directory, "kcat")
    with open(path, "wb") as file:
        file.write(b"".join(record + b"\n" for record in lines(RECORDS, seed="tls")))
    ways = [(place.broker.address, {}), place.librdkafka(False), place.librdkafka(True)]
    for number, (address, options) in enumerate(ways):
        kcat(place, address, options, "-P", "-t", f"kcat-{number}", "-p", "0", "-l", path)
        for other, others in ways:
            with open(path, "rb") as file:
                same(kcat(place, other, others, "-C", "-t", f"kcat-{number}", "-p", "0", "-o", "beginning", "-e", "-q"), file.read())


def confluent(place):
    """An idempotent producer and a consumer of librdkafka 2.16, with a client certificate and without."""
    from confluent_kafka import Consumer, Producer, TopicPartition
    for closed in [False, True]:
        address, options = place.librdkafka(closed)
        topic, records, failed = f"confluent-{closed}", lines(RECORDS, seed=f"confluent-{closed}"), []
        producer = Producer({"bootstrap.servers": address, "enable.idempotence": True, "linger.ms": 5,
                             "queue.buffering.max.messages": RECORDS + 1, **options})
        for record in records:
            producer.produce(topic, record, partition=0, on_delivery=lambda error, _: failed.append(error) if error else None)
        assert producer.flush(30) == 0 and not failed, failed[:1] or "records left unacknowledged after 30 s"
        consumer = Consumer({"bootstrap.servers": address, "group.id": "unused", "enable.auto.commit": False,
                             "auto.offset.reset": "error", "check.crcs": True, **options})
        consumer.assign([TopicPartition(topic, 0, 0)])
        got, deadline = [], time.monotonic() + 30
        while len(got) < RECORDS and time.monotonic() < deadline:
            for message in consumer.consume(10_000, 0.2):
                assert message.error() is None, message.error()
                got.append(message.value())
        consumer.close()
        compare(got, records)


def kafka_python(place):
    from kafka import KafkaConsumer, KafkaProducer, TopicPartition
    for closed in [False, True]:
        options = {"bootstrap_servers": place.closed if closed else place.open, "security_protocol": "SSL",
                   "ssl_cafile": place.authority}
        if closed:
            options |= {"ssl_certfile": place.ann[0], "ssl_keyfile": place.ann[1]}
        topic, records = f"python-{closed}", lines(3_000, seed=f"python-{closed}")
        producer = KafkaProducer(acks="all", linger_ms=5, **options)
        sent = [producer.send(topic, record, partition=0) for record in records]
        assert [future.get(30).offset for future in sent] == list(range(len(records)))
        producer.close()
        consumer = KafkaConsumer(auto_offset_reset="earliest", group_id=None, consumer_timeout_ms=10_000, **options)
        partition = TopicPartition(topic, 0)
        consumer.assign([partition])
        consumer.seek(partition, 0)
        got = []
        for message in consumer:
            got.append(message.value)
            if len(got) == len(records):
                break
        consumer.close()
        compare(got, records)


def aiokafka(place):
    """As the others; it does not get in without a certificate where one is required, and turns away from a broker it can't trust."""
    asyncio.run(aiokafka_both_ways(place))


async def aiokafka_both_ways(place):
    from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
    from aiokafka.errors import KafkaConnectionError
    for closed in [False, True]:
        options = {"bootstrap_servers": place.closed if closed else place.open, "security_protocol": "SSL",
                   "ssl_context": place.context(place.ann if closed else None)}
        topic, records = f"aiokafka-{closed}", lines(3_000, seed=f"aiokafka-{closed}")
        async with AIOKafkaProducer(acks="all", linger_ms=5, **options) as producer:
            sent = [await producer.send(topic, record, partition=0) for record in records]
            assert [(await each).offset for each in sent] == list(range(len(records)))
        async with AIOKafkaConsumer(enable_auto_commit=False, **options) as consumer:
            partition = TopicPartition(topic, 0)
            consumer.assign([partition])
            await consumer.seek_to_beginning(partition)
            got = []
            while len(got) < len(records):
                batch = (await consumer.getmany(partition, timeout_ms=10_000)).get(partition)
                assert batch, f"{len(got)} records back for {len(records)}"
                got += [message.value for message in batch]
        compare(got, records)
    mistrusting = ssl.create_default_context(cafile=place.certificates.path("other.crt"))
    for address, context in [(place.closed, place.context()), (place.closed, place.context(place.stranger)), (place.open, mistrusting)]:
        producer = AIOKafkaProducer(bootstrap_servers=address, security_protocol="SSL", ssl_context=context)
        try:
            await producer.start()
            raise AssertionError(f"aiokafka is served at {address} without what that takes")
        except KafkaConnectionError:
            pass
        finally:
            await producer.stop()


def strangers(place):
    """No certificate, one of another authority, one that is over: none is served, and the next good one is."""
    for name, certificate in [("none", None), ("another authority's", place.stranger), ("an expired one", place.expired)]:
        try:
            with place.connect(place.closed, place.context(certificate)) as stream:
                assert not asks(stream), f"{name} is served"
        except (ssl.SSLError, ConnectionError):
            pass
    with place.connect(place.closed, place.context(place.ann)) as stream:
        assert asks(stream)


def wrong_protocols(place):
    # Of each kind of complaint the log tells one a second.
    time.sleep(1.1)
    with Peer(place.open) as peer:
        peer.send(request(API_VERSIONS, 0, 1, b""))
        assert peer.is_closed(), "a plain client of the TLS port is kept"
    try:
        place.connect(place.broker.address, place.context())
        raise AssertionError("a TLS client of the plain port is served")
    except (ssl.SSLError, ConnectionError):
        pass
    time.sleep(0.2)
    log = open(place.broker.log_path).read()
    assert "does not speak TLS" in log and "it looks like TLS" in log, log[-600:]


def versions_and_sessions(place):
    """TLS 1.2 and 1.3; a session that is taken up again; nothing older."""
    for newest in [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]:
        context = place.context(place.ann, newest)
        with place.connect(place.closed, context) as stream:
            assert asks(stream), f"{newest.name} is not served"
            assert stream.version() == newest.name.replace("_", "."), stream.version()
            session = stream.session
        with place.connect(place.closed, context, session) as stream:
            assert asks(stream), f"a session of {newest.name} can't be taken up again"
    warnings.simplefilter("ignore", DeprecationWarning)
    old = place.context()
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    try:
        with place.connect(place.open, old) as stream:
            raise AssertionError(f"{stream.version()} is served")
    except (ssl.SSLError, ConnectionError):
        pass


def threads(place):
    """As many threads encrypt as num.network.threads says."""
    tasks = f"/proc/{place.broker.process.pid}/task"
    names = [open(os.path.join(tasks, task, "comm")).read().strip() for task in os.listdir(tasks)]
    assert sum(name.startswith("NIO-ELT") for name in names) == THREADS, names


def cut_anywhere(place):
    """Connections that are reset while records go both ways, at every stage: nothing is left of them."""
    dice = random.Random(4)
    for number in range(200):
        stream = socket.create_connection(tuple(place.open.split(":")), 10)
        if number % 2:
            stream = place.context().wrap_socket(stream, server_hostname="localhost")
            stream.sendall(request(API_VERSIONS, 0, 1, b"") * dice.randrange(1, 200))
        else:
            stream.sendall(b"\x16\3\1\2\0\1" + dice.randbytes(dice.randrange(0, 300)))
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        stream.close()
    deadline = time.monotonic() + 10
    while (left := sockets(place.broker)) > place.first_sockets and time.monotonic() < deadline:
        time.sleep(0.1)
    assert left <= place.first_sockets, f"{left} sockets, {place.first_sockets} at the start"


def sockets(broker):
    found = 0
    for name in os.listdir(f"/proc/{broker.process.pid}/fd"):
        try:
            found += os.readlink(f"/proc/{broker.process.pid}/fd/{name}").startswith("socket:")
        except OSError:
            continue
    return found


def shutdown(place):
    """SIGTERM: clients that are idle are said goodbye to, and the broker leaves in time."""
    streams = [place.connect(place.open, place.context()) for _ in range(50)]
    assert all(asks(stream) for stream in streams)
    began = time.monotonic()
    place.broker.stop()
    took = time.monotonic() - began
    for stream in streams:
        rest = b""
        while piece := stream.recv(65536):
            rest += piece
        stream.close()
    assert took < 5, f"{took:.1f} s to leave with 50 TLS clients"


def secrets(place):
    """An encrypted key in a file of its own: neither the log nor DescribeConfigs tells its password."""
    from confluent_kafka.admin import AdminClient, ConfigResource
    key = place.certificates.encrypt("broker", PASSWORD)
    broker = place.broker
    if broker.process.poll() is None:
        broker.stop()
    broker.settings = [f"ssl.certificate.location={place.certificates.path('broker.crt')}", f"ssl.key.location={key}",
                       f"ssl.truststore.location={place.authority}"]
    config = os.path.join(broker.directory, "broker.conf")
    with open(config, "w") as file:
        file.write(f"ssl.key.password={PASSWORD}-wrong\n")
    broker.arguments += ["--config", config]
    try:
        broker.start()
        raise AssertionError("a broker starts with the wrong password")
    except RuntimeError as error:
        assert "ssl.key.password is not its password" in str(error), error
    with open(config, "w") as file:
        file.write(f"ssl.key.password={PASSWORD}\n")
    broker.start()
    with place.connect(place.open, place.context()) as stream:
        assert asks(stream)
    address, options = place.librdkafka(False)
    admin = AdminClient({"bootstrap.servers": address, **options})
    node = next(iter(admin.list_topics(timeout=10).brokers))
    answer, = admin.describe_configs([ConfigResource(ConfigResource.Type.BROKER, str(node))]).values()
    told = {name: entry.value for name, entry in answer.result(10).items()}
    assert "ssl.key.password" in told and told["ssl.key.location"] == key, told
    assert PASSWORD not in repr(told), "DescribeConfigs tells the password"
    broker.stop()
    assert PASSWORD not in open(broker.log_path).read(), "the log tells the password"


TESTS = [kcat_both_ways, confluent, kafka_python, aiokafka, strangers, wrong_protocols, versions_and_sessions, threads, cut_anywhere, shutdown, secrets]


def main():
    place = Place()
    place.first_sockets = sockets(place.broker)
    failed = 0
    try:
        for test in TESTS:
            if sys.argv[1:] and test.__name__ not in sys.argv[1:]:
                continue
            began = time.monotonic()
            try:
                test(place)
                print(f"ok tls: {test.__name__.replace('_', ' ')} ({time.monotonic() - began:.1f} s)", flush=True)
            except Exception as error:
                failed += 1
                print(f"FAIL tls: {test.__name__.replace('_', ' ')}: {error or type(error).__name__}", flush=True)
                traceback.print_exc(limit=-2)
                print(place.broker.log_tail(), flush=True)
                if place.broker.process.poll() is not None:
                    place.broker.start()
    finally:
        place.broker.remove()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
