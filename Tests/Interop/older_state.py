"""What a data directory holds besides plain topics: `fill` has a broker write it, `holds` checks it in another one.

A compacted topic, a group's offsets, transactions (one of them open), quotas, a user and its rights: everything that a
coordinator or the catalogue keeps. Nothing here may depend on how old the directory is.
"""
import time

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import (
    AclBinding, AclBindingFilter, AclOperation, AclPermissionType, AdminClient, NewTopic, ResourcePatternType, ResourceType,
    ScramCredentialInfo, ScramMechanism, UserScramCredentialUpsertion)

from broker import free_port
from quotas import described, set_quota

# The longest that there are: offsets and transactional ids do not expire because the directory is old.
SETTINGS = ["authorizer.class.name=acl", "super.users=User:ANONYMOUS", "group.initial.rebalance.delay.ms=0",
            "offsets.topic.num.partitions=1", "transaction.state.log.num.partitions=1", "log.cleaner.backoff.ms=50",
            "offsets.retention.minutes=2147483647", "transactional.id.expiration.ms=2147483647"]
LATEST, PAID, GROUP, PAYER, USER, PASSWORD = "latest", "paid", "readers", "payer", "carol", "golden"
KEYS, VERSIONS = 5, 30
COMMITTED = {0: 20, 1: 33}
RATES = {"producer_byte_rate": 1_000_000.0, "consumer_byte_rate": 2_000_000.0}
RULE = AclBinding(ResourceType.TOPIC, "kept", ResourcePatternType.LITERAL, f"User:{USER}", "*", AclOperation.READ, AclPermissionType.ALLOW)
EVERY_RULE = AclBindingFilter(ResourceType.ANY, None, ResourcePatternType.ANY, None, None, AclOperation.ANY, AclPermissionType.ANY)


def listener():
    """One where clients say who they are, as `--listen` takes it."""
    return f"127.0.0.1:{free_port()},security=sasl"


def version(key, number):
    return f"{key} {number} ".encode() + b"v" * 100


def values(broker, topic, **options):
    """Key and value of everything in partition 0, up to its present end."""
    consumer = Consumer({"bootstrap.servers": broker.address, "group.id": "none", "enable.auto.commit": False,
                         "enable.partition.eof": True, "isolation.level": "read_committed", **options})
    consumer.assign([TopicPartition(topic, 0, 0)])
    found = []
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        message = consumer.poll(0.5)
        if message is not None and message.error():
            break
        if message is not None:
            found.append((message.key(), message.value()))
    consumer.close()
    return found


def payer(broker):
    producer = Producer({"bootstrap.servers": broker.address, "transactional.id": PAYER, "transaction.timeout.ms": 5000})
    producer.init_transactions(30)
    return producer


def pay(producer, *payments):
    producer.begin_transaction()
    for payment in payments:
        producer.produce(PAID, payment, partition=0)
    assert producer.flush(30) == 0


def fill(broker, topic):
    admin = AdminClient({"bootstrap.servers": broker.address})
    compacted = {"cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0", "flush.messages": "1"}
    for done in admin.create_topics([NewTopic(LATEST, 1, config=compacted), NewTopic(PAID, 1)]).values():
        done.result(30)
    producer = Producer({"bootstrap.servers": broker.address, "linger.ms": 0})
    for number in range(VERSIONS):
        for key in range(KEYS):
            producer.produce(LATEST, version(key, number), str(key).encode(), partition=0)
            assert producer.flush(30) == 0
    deadline = time.monotonic() + 30
    while len(values(broker, LATEST)) > KEYS * VERSIONS // 2:
        assert time.monotonic() < deadline, "the topic is not compacted"

    member = Consumer({"bootstrap.servers": broker.address, "group.id": GROUP, "enable.auto.commit": False})
    member.subscribe([topic])
    while len(member.assignment()) < len(COMMITTED):
        member.poll(0.1)
    member.commit(offsets=[TopicPartition(topic, partition, offset, metadata="golden") for partition, offset in COMMITTED.items()], asynchronous=False)
    member.close()

    transactional = payer(broker)
    pay(transactional, b"one", b"two")
    transactional.commit_transaction(30)
    pay(transactional, b"never")
    transactional.abort_transaction(30)
    set_quota(broker, {"client-id": "metered"}, **RATES)
    info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 4096)
    admin.alter_user_scram_credentials([UserScramCredentialUpsertion(USER, info, PASSWORD.encode(), b"golden salt")])[USER].result(30)
    for done in admin.create_acls([RULE]).values():
        done.result(30)
    pay(transactional, b"left open")


def holds(broker, topic, arguments):
    """`arguments`: the broker's, with the `listener` among them."""
    latest = dict(values(broker, LATEST))
    assert latest == {str(key).encode(): version(key, VERSIONS - 1) for key in range(KEYS)}, latest
    member = Consumer({"bootstrap.servers": broker.address, "group.id": GROUP, "enable.auto.commit": False})
    committed = member.committed([TopicPartition(topic, partition) for partition in COMMITTED], 20)
    assert {(c.partition, c.offset, c.metadata) for c in committed} == {(p, o, "golden") for p, o in COMMITTED.items()}, committed
    member.subscribe([topic])
    first = {}
    deadline = time.monotonic() + 30
    while len(first) < len(COMMITTED) and time.monotonic() < deadline:
        message = member.poll(0.5)
        if message is not None and message.error() is None:
            first.setdefault(message.partition(), message.offset())
    member.close()
    assert first == COMMITTED, first

    # The open transaction's own producer comes back, which aborts it, and pays once more.
    paid = len(values(broker, PAID))
    transactional = payer(broker)
    pay(transactional, b"three")
    transactional.commit_transaction(30)
    found = [value for _, value in values(broker, PAID)]
    assert found[:2] == [b"one", b"two"] and set(found[2:]) == {b"three"} and len(found) == paid + 1, found

    assert described(broker) == {(("client-id", "metered"),): RATES}
    admin = AdminClient({"bootstrap.servers": broker.address})
    assert admin.describe_acls(EVERY_RULE).result(20) == [RULE]
    address = arguments[arguments.index("--listen") + 1].split(",")[0]
    carol = {"bootstrap.servers": address, "security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "SCRAM-SHA-256",
             "sasl.username": USER, "sasl.password": PASSWORD}
    client = AdminClient(carol)
    assert client.list_topics(topic, 20).topics[topic].error is None
    assert client.list_topics(LATEST, 20).topics[LATEST].error is not None
