"""Byte rates by client id and by user, with other people's clients: are they told, kept, each client's own, and there after a restart?
One line a case: `ok NAME` or `FAIL NAME: why`. How fast a machine is decides nothing: a rate bounds how soon the bytes are through."""
import os
import struct
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from kafka import KafkaConsumer, TopicPartition
from kafka.protocol.admin import (
    AlterClientQuotasRequest, AlterClientQuotasResponse, DescribeClientQuotasRequest, DescribeClientQuotasResponse)

import cases
from broker import Broker, free_port
from fetching import NOW, consume, create, drain, produce, reader
from kafka_bytes import Peer
from secured_clients import PASSWORDS, add_users, librdkafka, python

PIECE = 10_000  # bytes of a record


def call(broker, request, response):
    request.with_header(correlation_id=1, client_id="quotas")
    with Peer(broker.address) as peer:
        peer.send(bytes(request.encode(header=True, framed=True)))
        size, = struct.unpack(">i", peer.receive_exactly(4))
        return response.decode(peer.receive_exactly(size), version=1, header=True)


def set_quota(broker, entity, **rates):
    """`entity`: type to name; a rate of None removes it."""
    message = AlterClientQuotasRequest(version=1, validate_only=False, entries=[AlterClientQuotasRequest.EntryData(
        version=1,
        entity=[AlterClientQuotasRequest.EntryData.EntityData(version=1, entity_type=t, entity_name=n) for t, n in entity.items()],
        ops=[AlterClientQuotasRequest.EntryData.OpData(version=1, key=k, value=v or 0.0, remove=v is None) for k, v in rates.items()])])
    answer = call(broker, message, AlterClientQuotasResponse)
    assert [e.error_code for e in answer.entries] == [0], answer


def described(broker):
    answer = call(broker, DescribeClientQuotasRequest(version=1, components=[], strict=False), DescribeClientQuotasResponse)
    assert answer.error_code == 0, answer
    return {tuple((p.entity_type, p.entity_name) for p in e.entity): {v.key: v.value for v in e.values} for e in answer.entries}


def produce_quota(broker):
    """A producer is told for how long, and keeps the rate; another one is not slowed; none of it is lost by a restart."""
    create(broker, "rate")
    rate = 200_000
    set_quota(broker, {"client-id": "slow"}, producer_byte_rate=float(rate))
    assert described(broker) == {(("client-id", "slow"),): {"producer_byte_rate": float(rate)}}
    told = []
    records = [(0, None, os.urandom(10_000), None, NOW) for _ in range(100)]
    settings = {"linger.ms": 0, "batch.num.messages": 1, "throttle_cb": lambda event: told.append(event.throttle_time)}
    began = time.monotonic()
    produce(broker, "rate", records, **settings, **{"client.id": "slow"})
    took = time.monotonic() - began
    # Two windows of a second may be used ahead, and one request is over before it is known.
    assert len(records) * 10_000 <= rate * (took + 2) + 100_000, f"1 MB in {took:.2f} s at {rate} bytes a second"
    assert told and max(told) > 0, "the producer was not told that it is throttled"
    assert took < 30, f"{took:.1f} s are far more than 1 MB takes at {rate} bytes a second"
    told.clear()
    produce(broker, "rate", records, **settings, **{"client.id": "free"})
    assert not any(told), "another client was throttled"
    broker.stop()
    broker.start()
    assert described(broker) == {(("client-id", "slow"),): {"producer_byte_rate": float(rate)}}
    set_quota(broker, {"client-id": "slow"}, producer_byte_rate=None)
    assert described(broker) == {}
    produce(broker, "rate", records, **settings, **{"client.id": "slow"})
    assert not any(told), "throttled after the quota was removed"


def fetch_quota(broker):
    """Consumers keep a rate, get everything in the end and in order, with a session or without."""
    create(broker, "paced")
    records = [(0, None, os.urandom(10_000), None, NOW) for _ in range(100)]
    produce(broker, "paced", records)
    rate = 250_000
    set_quota(broker, {"user": None, "client-id": "paced"}, consumer_byte_rate=float(rate))
    set_quota(broker, {"client-id": None}, consumer_byte_rate=1e12)
    for name, read in {
        "confluent-kafka": lambda: [m.value() for m in consume(broker, "paced", 100, **{"client.id": "paced", "fetch.message.max.bytes": 50_000})],
        "kafka-python": lambda: kafka_python_values(broker),
    }.items():
        time.sleep(2.5)  # what the one before used is forgotten
        began = time.monotonic()
        got = read()
        took = time.monotonic() - began
        assert got == [v for _, _, v, _, _ in records], f"{name}: {len(got)} records"
        assert 1_000_000 <= rate * (took + 2) + 100_000, f"{name}: 1 MB in {took:.2f} s at {rate} bytes a second"
        assert took < 30, f"{name}: {took:.1f} s"
    set_quota(broker, {"user": None, "client-id": "paced"}, consumer_byte_rate=None)
    set_quota(broker, {"client-id": None}, consumer_byte_rate=None)
    assert len(kafka_python_values(broker)) == 100


def kafka_python_values(broker):
    consumer = reader(broker, client_id="paced", max_partition_fetch_bytes=50_000)
    consumer.assign([TopicPartition("paced", 0)])
    got = [r.value for r in drain(consumer, 100)]
    consumer.close()
    return got


def pieces(count):
    return [(0, None, os.urandom(PIECE), None, NOW) for _ in range(count)]


def keeps(who, count, rate, began):
    """Asserts that `count` records since `began` are no more than the rate allows, and that it is not another's much lower one."""
    took = time.monotonic() - began
    # As above: two windows of a second ahead, and what is under way before the first of them is known.
    assert count * PIECE <= rate * (took + 2) + 10 * PIECE, f"{who}: {count * PIECE} bytes in {took:.2f} s at {rate} bytes a second"
    assert took < 30, f"{who}: {took:.1f} s for {count * PIECE} bytes at {rate} bytes a second"
    return took


def user_quotas(broker):
    """Two users with rates of their own, one of them with two clients that share it; a third client of hers with a rate for that
    client id, which the other user's client of the same name doesn't have; and somebody without any. All at once, both ways."""
    create(broker, "users")
    create(broker, "stock")
    stock = pieces(50)
    # A batch comes whole, whatever the rate.
    produce(broker, "stock", stock, **{"linger.ms": 0, "batch.num.messages": 1})
    alice, bob, bob_reads, narrow = 100_000, 400_000, 150_000, 50_000
    set_quota(broker, {"user": "alice"}, producer_byte_rate=float(alice), consumer_byte_rate=float(alice))
    set_quota(broker, {"user": "bob"}, producer_byte_rate=float(bob), consumer_byte_rate=float(bob_reads))
    set_quota(broker, {"user": "alice", "client-id": "narrow"}, producer_byte_rate=float(narrow))
    rates = {(("user", "alice"),): {"producer_byte_rate": alice, "consumer_byte_rate": alice},
             (("user", "bob"),): {"producer_byte_rate": bob, "consumer_byte_rate": bob_reads},
             (("user", "alice"), ("client-id", "narrow")): {"producer_byte_rate": narrow}}
    by_names = lambda found: {tuple(sorted(entity)): values for entity, values in found.items()}
    assert by_names(described(broker)) == by_names(rates)

    def writes(user, client, count):
        """What it was told of throttling, in ms."""
        told = []
        settings = librdkafka(broker, user, PASSWORDS[user], "PLAIN", **{
            "client.id": client, "linger.ms": 0, "batch.num.messages": 1, "throttle_cb": lambda event: told.append(event.throttle_time)})
        produce(broker, "users", pieces(count), **settings)
        return told

    def reads(user):
        consumer = KafkaConsumer(**python(broker, user, PASSWORDS[user], "SCRAM-SHA-256"), enable_auto_commit=False,
                                 max_partition_fetch_bytes=5 * PIECE)
        partition = TopicPartition("stock", 0)
        consumer.assign([partition])
        consumer.seek(partition, 0)
        got = drain(consumer, len(stock))
        told = [values["throttle-time-max"] for values in consumer.metrics().values() if "throttle-time-max" in values]
        consumer.close()
        assert [each.value for each in got] == [value for _, _, value, _, _ in stock], f"{user}: {len(got)} records"
        assert any(each > 0 for each in told) == (user != "root"), f"{user} was told to wait for {told} ms"

    def timed(who, count, rate, work, *arguments):
        began = time.monotonic()
        return work(*arguments), keeps(who, count, rate, began)

    began = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        hers = [pool.submit(writes, "alice", client, 25) for client in ("one", "two")]
        hers_narrow = pool.submit(timed, "alice's narrow client", 25, narrow, writes, "alice", "narrow", 25)
        his = pool.submit(timed, "bob", 150, bob, writes, "bob", "narrow", 150)
        free = pool.submit(writes, "root", "one", 150)
        readers = {user: pool.submit(timed, f"{user} reading", len(stock), rate, reads, user)
                   for user, rate in (("alice", alice), ("bob", bob_reads), ("root", 1e12))}
        told_her = [each.result() for each in hers]
        keeps("alice's two clients", 50, alice, began)
        assert any(map(max, filter(None, told_her))), "alice was not told that she is throttled"
        for who, future in (("alice's narrow client", hers_narrow), ("bob", his)):
            told, _ = future.result()
            assert told and max(told) > 0, f"{who} was not told of being throttled"
        assert his.result()[1] < 150 * PIECE / alice - 2, "bob was held to alice's rate"
        assert not any(free.result()), "somebody without a quota was throttled"
        for future in readers.values():
            future.result()
    broker.kill()
    broker.start()
    assert by_names(described(broker)) == by_names(rates)
    for entity in rates:
        set_quota(broker, dict(entity), producer_byte_rate=None, consumer_byte_rate=None)
    assert described(broker) == {} and not any(writes("alice", "narrow", 50)), "throttled after the quotas were removed"


CASES = [("produce quota", produce_quota), ("fetch quota", fetch_quota), ("quotas of users and of their clients", user_quotas)]


def main():
    broker = Broker("quotas", ["auto.create.topics.enable=false", "quota.window.num=2", "sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256"])
    broker.sasl = f"127.0.0.1:{free_port()}"
    broker.arguments = ["--listen", f"{broker.sasl},security=sasl"]
    add_users(broker, ["SCRAM-SHA-256"])
    return cases.run(broker.start(), CASES)


if __name__ == "__main__":
    sys.exit(main())
