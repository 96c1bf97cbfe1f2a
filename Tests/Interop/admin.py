"""Other people's admin clients against tidemarkd: topics, partitions, settings, records, directories, transactions, groups.
`ok NAME` or `FAIL NAME: why`.

admin.py [WORD]: only the cases whose name holds the word.
"""
import os
import sys
import time

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import (
    AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ConfigSource, NewPartitions, NewTopic, OffsetSpec, ResourceType)
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka import TopicPartition as PythonPartition
from kafka import errors as python_errors
from kafka.admin import AlterConfigOp, ConfigResourceType, TransactionState
from kafka.admin import ConfigResource as PythonResource

import admin_aiokafka
import cases
from broker import Broker
from group_members import wait_for

PARTITION_LIMIT = 100
SETTINGS = [f"max.partitions={PARTITION_LIMIT}", "transaction.state.log.num.partitions=4", "offsets.topic.num.partitions=4",
            "group.initial.rebalance.delay.ms=0"]


def confluent(broker):
    return AdminClient({"bootstrap.servers": broker.address})


def done(futures):
    """What each future gives, by its key; the first failure is raised."""
    return {key: future.result(30) for key, future in futures.items()}


def refused(future, code):
    """A future fails with Kafka's error of that name."""
    try:
        future.result(30)
    except KafkaException as error:
        name = error.args[0].name()
        assert name == code, f"{name} for {code}: {error.args[0].str()}"
        return
    raise AssertionError(f"nothing was refused; {code} was to come")


def produced(broker, topic, values, partition=0):
    failures = []
    producer = Producer({"bootstrap.servers": broker.address})
    for value in values:
        producer.produce(topic, value, partition=partition, on_delivery=lambda error, _: failures.append(error) if error else None)
    assert producer.flush(30) == 0 and not failures, failures


def consumed(broker, topic, partition, count, offset=0):
    """The next `count` values of a partition."""
    consumer = Consumer({"bootstrap.servers": broker.address, "group.id": "unused", "enable.auto.commit": False})
    consumer.assign([TopicPartition(topic, partition, offset)])
    values, deadline = [], time.monotonic() + 30
    while len(values) < count:
        message = consumer.poll(1)
        if message is not None:
            assert message.error() is None, message.error()
            values.append(message.value())
        assert time.monotonic() < deadline, f"{len(values)} of {count} records in 30 s"
    consumer.close()
    return values


def confluent_topics(broker):
    """Made, looked at, refused and deleted, one by one within a request."""
    admin = confluent(broker)
    assert done(admin.create_topics([NewTopic("c-dry", 2, 1)], validate_only=True)) == {"c-dry": None}
    assert "c-dry" not in admin.list_topics(timeout=10).topics
    futures = admin.create_topics([
        NewTopic("c.one", 3, 1, config={"retention.ms": "77000"}), NewTopic("c/two", 1, 1), NewTopic("c-three", 0, 1),
        NewTopic("c-four", 1, 1, config={"no.such": "1"}), NewTopic("c-five", PARTITION_LIMIT + 1, 1)])
    assert futures["c.one"].result(30) is None
    refused(futures["c/two"], "TOPIC_EXCEPTION")
    refused(futures["c-three"], "INVALID_PARTITIONS")
    refused(futures["c-four"], "INVALID_CONFIG")
    refused(futures["c-five"], "POLICY_VIOLATION")
    refused(admin.create_topics([NewTopic("c_one", 1, 1)])["c_one"], "TOPIC_EXCEPTION")
    refused(admin.create_topics([NewTopic("c.one", 1, 1)])["c.one"], "TOPIC_ALREADY_EXISTS")
    assert len(admin.list_topics("c.one", timeout=10).topics["c.one"].partitions) == 3
    done(admin.delete_topics(["c.one"]))
    assert "c.one" not in admin.list_topics(timeout=10).topics
    refused(admin.delete_topics(["c.one"])["c.one"], "UNKNOWN_TOPIC_OR_PART")


def confluent_partitions(broker):
    """A topic grows under a producer and a consumer that know it as it was."""
    admin = confluent(broker)
    done(admin.create_topics([NewTopic("grow", 1, 1)]))
    produced(broker, "grow", [b"before"])
    refused(admin.create_partitions([NewPartitions("grow", 1)])["grow"], "INVALID_PARTITIONS")
    refused(admin.create_partitions([NewPartitions("absent", 2)])["absent"], "UNKNOWN_TOPIC_OR_PART")
    done(admin.create_partitions([NewPartitions("grow", 4)], validate_only=True))
    assert len(admin.list_topics("grow", timeout=10).topics["grow"].partitions) == 1
    done(admin.create_partitions([NewPartitions("grow", 4)]))
    assert sorted(admin.list_topics("grow", timeout=10).topics["grow"].partitions) == [0, 1, 2, 3]
    for partition in range(1, 4):
        produced(broker, "grow", [b"p%d" % partition, b"again"], partition)
    assert [consumed(broker, "grow", p, 2) for p in (1, 2, 3)] == [[b"p%d" % p, b"again"] for p in (1, 2, 3)]
    assert consumed(broker, "grow", 0, 1) == [b"before"]


def entries(admin, kind, name):
    resource = ConfigResource(kind, name)
    return done(admin.describe_configs([resource]))[resource]


def confluent_configs(broker):
    """A setting is described, replaced, changed and taken back; producers feel it at once."""
    admin = confluent(broker)
    done(admin.create_topics([NewTopic("set", 2, 1, config={"segment.ms": "123456"})]))
    produced(broker, "set", [b"x" * 5000])
    found = entries(admin, ResourceType.TOPIC, "set")
    assert found["segment.ms"].value == "123456" and found["segment.ms"].source == ConfigSource.DYNAMIC_TOPIC_CONFIG.value
    assert found["retention.ms"].is_default and not found["retention.ms"].is_read_only
    # Whole settings: what is not named goes back.
    done(admin.alter_configs([ConfigResource(ResourceType.TOPIC, "set", set_config={"max.message.bytes": "1000"})]))
    found = entries(admin, ResourceType.TOPIC, "set")
    assert found["max.message.bytes"].value == "1000" and found["segment.ms"].is_default
    for partition in (0, 1):
        try:
            produced(broker, "set", [b"x" * 5000], partition)
            raise RuntimeError("a message above max.message.bytes was taken")
        except AssertionError as error:
            assert "MSG_SIZE_TOO_LARGE" in str(error), error
    # Single ones.
    changes = [
        ConfigEntry("max.message.bytes", None, incremental_operation=AlterConfigOpType.DELETE),
        ConfigEntry("cleanup.policy", "compact", incremental_operation=AlterConfigOpType.APPEND),
        ConfigEntry("retention.bytes", "1000000", incremental_operation=AlterConfigOpType.SET)]
    resource = ConfigResource(ResourceType.TOPIC, "set", incremental_configs=changes)
    done(admin.incremental_alter_configs([resource], validate_only=True))
    assert entries(admin, ResourceType.TOPIC, "set")["retention.bytes"].is_default
    done(admin.incremental_alter_configs([resource]))
    found = entries(admin, ResourceType.TOPIC, "set")
    assert set(found["cleanup.policy"].value.split(",")) == {"compact", "delete"}, found["cleanup.policy"].value
    assert found["retention.bytes"].value == "1000000" and found["max.message.bytes"].is_default
    taken_back = ConfigEntry("cleanup.policy", "compact", incremental_operation=AlterConfigOpType.SUBTRACT)
    done(admin.incremental_alter_configs([ConfigResource(ResourceType.TOPIC, "set", incremental_configs=[taken_back])]))
    assert entries(admin, ResourceType.TOPIC, "set")["cleanup.policy"].value == "delete"
    produced(broker, "set", [b"x" * 5000])
    wrong = ConfigEntry("no.such", "1", incremental_operation=AlterConfigOpType.SET)
    for future in admin.incremental_alter_configs([ConfigResource(ResourceType.TOPIC, "set", incremental_configs=[wrong])]).values():
        refused(future, "INVALID_CONFIG")


def confluent_broker_configs(broker):
    """The broker's own settings: for it, for all, told at its start; some can't be changed."""
    admin = confluent(broker)
    found = entries(admin, ResourceType.BROKER, "1")
    assert found["max.partitions"].value == str(PARTITION_LIMIT) and found["max.partitions"].source == ConfigSource.STATIC_BROKER_CONFIG.value
    assert found["node.id"].is_read_only and found["num.partitions"].value == "1" and found["num.partitions"].is_default

    def change(name, key, value):
        entry = ConfigEntry(key, value, incremental_operation=AlterConfigOpType.SET if value else AlterConfigOpType.DELETE)
        return next(iter(admin.incremental_alter_configs([ConfigResource(ResourceType.BROKER, name, incremental_configs=[entry])]).values()))

    refused(change("1", "node.id", "2"), "INVALID_REQUEST")
    refused(change("1", "no.such", "2"), "INVALID_CONFIG")
    change("1", "num.partitions", "3").result(30)
    found = entries(admin, ResourceType.BROKER, "1")["num.partitions"]
    assert found.value == "3" and found.source == ConfigSource.DYNAMIC_BROKER_CONFIG.value
    assert "num.partitions" in found.synonyms, found.synonyms
    done(admin.create_topics([NewTopic("by-default", -1, 1)]))
    assert len(admin.list_topics("by-default", timeout=10).topics["by-default"].partitions) == 3
    change("1", "num.partitions", None).result(30)
    assert entries(admin, ResourceType.BROKER, "1")["num.partitions"].value == "1"


def confluent_records(broker):
    """Deleted records are gone for every reader, the offsets of the others stay."""
    admin = confluent(broker)
    done(admin.create_topics([NewTopic("cut", 1, 1)]))
    produced(broker, "cut", [b"%d" % i for i in range(100)])
    partition = TopicPartition("cut", 0, 40)
    assert done(admin.delete_records([partition]))[partition].low_watermark == 40
    assert consumed(broker, "cut", 0, 60, 40) == [b"%d" % i for i in range(40, 100)]
    start = done(admin.list_offsets({TopicPartition("cut", 0): OffsetSpec.earliest()}))
    assert [found.offset for found in start.values()] == [40]
    refused(next(iter(admin.delete_records([TopicPartition("cut", 0, 101)]).values())), "OFFSET_OUT_OF_RANGE")


def confluent_cluster(broker):
    admin = confluent(broker)
    cluster = admin.describe_cluster(include_authorized_operations=True).result(30)
    assert [node.id for node in cluster.nodes] == [1] and cluster.controller.id == 1 and cluster.cluster_id
    assert f"{cluster.nodes[0].host}:{cluster.nodes[0].port}" == broker.address
    names = {operation.name for operation in cluster.authorized_operations}
    assert {"CREATE", "ALTER", "DESCRIBE", "ALTER_CONFIGS", "IDEMPOTENT_WRITE"} <= names, names


def python_topics(broker):
    """Topics and partitions by kafka-python, with its own names for the errors."""
    admin = KafkaAdminClient(bootstrap_servers=broker.address)
    made = admin.create_topics({"p-one": {"num_partitions": 2, "configs": {"segment.ms": "99000"}}})["topics"][0]
    assert made["num_partitions"] == 2 and made["configs"]["segment.ms"]["value"] == "99000", made
    assert made["configs"]["segment.ms"]["config_source"] == "DYNAMIC_TOPIC_CONFIG"
    for topics, error in [({"p-one": {}}, python_errors.TopicAlreadyExistsError), ({"p_one": {}, "p.one": {}}, None)]:
        try:
            admin.create_topics(topics)
            assert error is None
        except python_errors.TopicAlreadyExistsError:
            assert error is python_errors.TopicAlreadyExistsError
        except python_errors.InvalidTopicError:
            assert error is None, "p_one and p.one can't be beside each other"
    try:
        admin.create_partitions({"p-one": 1})
        raise AssertionError("a topic shrank")
    except python_errors.InvalidPartitionsError:
        pass
    admin.create_partitions({"p-one": 5}, validate_only=True)
    assert len(admin.describe_topics(["p-one"])[0]["partitions"]) == 2
    admin.create_partitions({"p-one": {"count": 4, "assignments": [[1], [1]]}})
    assert len(admin.describe_topics(["p-one"])[0]["partitions"]) == 4
    producer = KafkaProducer(bootstrap_servers=broker.address)
    assert producer.send("p-one", b"there", partition=3).get(30).offset == 0
    producer.close()
    consumer = KafkaConsumer(bootstrap_servers=broker.address, consumer_timeout_ms=10_000)
    consumer.assign([PythonPartition("p-one", 3)])
    consumer.seek_to_beginning()
    assert next(iter(consumer)).value == b"there"
    consumer.close()
    admin.close()


def python_configs(broker):
    admin = KafkaAdminClient(bootstrap_servers=broker.address)
    admin.create_topics({"p-set": {"num_partitions": 1}})

    def described(kind, name, key):
        found = admin.describe_configs([PythonResource(kind, name)], include_synonyms=True, config_filter="all")
        return found[kind.name.lower()][name][key]

    assert described(ConfigResourceType.TOPIC, "p-set", "retention.ms")["config_source"] == "DEFAULT_CONFIG"
    for incremental, value in [(True, "5000"), (False, "6000")]:
        answer = admin.alter_configs([PythonResource(ConfigResourceType.TOPIC, "p-set", {"retention.ms": value})], incremental=incremental)
        assert answer == {"topic": {"p-set": "OK"}}, answer
        found = described(ConfigResourceType.TOPIC, "p-set", "retention.ms")
        assert (found["value"], found["config_source"], found["config_type"]) == (value, "DYNAMIC_TOPIC_CONFIG", "LONG"), found
        assert [s["value"] for s in found["synonyms"]] == [value, "604800000"], found
    answer = admin.alter_configs([PythonResource(ConfigResourceType.TOPIC, "p-set", {"retention.ms": (AlterConfigOp.DELETE, None)})])
    assert answer == {"topic": {"p-set": "OK"}} and described(ConfigResourceType.TOPIC, "p-set", "retention.ms")["config_source"] == "DEFAULT_CONFIG"
    answer = admin.alter_configs([PythonResource(ConfigResourceType.TOPIC, "p-set", {"no.such": "1"})], raise_on_unknown=False)
    assert "INVALID_CONFIG" in answer["topic"]["p-set"] or "40" in answer["topic"]["p-set"], answer
    answer = admin.alter_configs([PythonResource(ConfigResourceType.BROKER, "1", {"fetch.max.bytes": "2097152"})])
    assert answer == {"broker": {"1": "OK"}}, answer
    assert described(ConfigResourceType.BROKER, "1", "fetch.max.bytes")["value"] == "2097152"
    assert described(ConfigResourceType.BROKER, "1", "node.id")["read_only"]
    assert admin.reset_configs([PythonResource(ConfigResourceType.BROKER, "1", ["fetch.max.bytes"])]) == {"broker": {"1": "OK"}}
    admin.close()


def python_cluster(broker):
    """The cluster, and how many bytes of which partition lie in which directory."""
    admin = KafkaAdminClient(bootstrap_servers=broker.address)
    cluster = admin.describe_cluster()
    assert [b["broker_id"] for b in cluster["brokers"]] == [1] and cluster["controller_id"] == 1, cluster
    admin.create_topics({"p-dirs": {"num_partitions": 2}})
    produced(broker, "p-dirs", [b"x" * 1000] * 10, 1)
    answer = admin.describe_log_dirs({"p-dirs": [0, 1]})
    assert [a["broker"] for a in answer] == [1]
    directory, = answer[0]["log_dirs"]
    assert directory["error_code"] == 0 and directory["log_dir"] == broker.data
    assert 0 < directory["usable_bytes"] < directory["total_bytes"]
    topic, = directory["topics"]
    sizes = {p["partition_index"]: p["partition_size"] for p in topic["partitions"]}
    on_disk = sum(10_000 <= os.path.getsize(os.path.join(broker.data, "p-dirs-1", name)) for name in os.listdir(os.path.join(broker.data, "p-dirs-1")) if name.endswith(".log"))
    assert topic["name"] == "p-dirs" and sizes[0] == 0 and 10_000 < sizes[1] < 20_000 and on_disk == 1, sizes
    admin.close()


def python_records(broker):
    admin = KafkaAdminClient(bootstrap_servers=broker.address)
    admin.create_topics({"p-cut": {"num_partitions": 1}})
    produced(broker, "p-cut", [b"%d" % i for i in range(50)])
    partition = PythonPartition("p-cut", 0)
    assert admin.delete_records({partition: 30})[partition]["low_watermark"] == 30
    assert consumed(broker, "p-cut", 0, 20, 30) == [b"%d" % i for i in range(30, 50)]
    admin.delete_topics(["p-cut"])
    assert "p-cut" not in admin.list_topics()
    admin.close()


def python_transactions(broker):
    """What is open where, who writes, and how it ended, as the tools that look for hanging transactions ask for it."""
    admin = KafkaAdminClient(bootstrap_servers=broker.address)
    admin.create_topics({"p-open": {"num_partitions": 2}})
    first, second = PythonPartition("p-open", 0), PythonPartition("p-open", 1)
    before = time.time() * 1000
    produced(broker, "p-open", [b"nobody's"] * 3)
    producer = KafkaProducer(bootstrap_servers=broker.address, transactional_id="p-first", transaction_timeout_ms=54_321)
    producer.init_transactions()
    assert admin.describe_transactions(["p-first"])["p-first"].state == TransactionState.EMPTY
    producer.begin_transaction()
    for number in range(4):
        producer.send("p-open", b"%d" % number, partition=0).get(30)
    found = admin.describe_transactions(["p-first"])["p-first"]
    assert found.state == TransactionState.ONGOING and found.transaction_timeout_ms == 54_321 and found.coordinator_id == 1, found
    assert found.topic_partitions == {first} and before - 1 <= found.transaction_start_time_ms <= time.time() * 1000 + 1, found
    writers = admin.describe_producers([first, second])
    assert writers[second].active_producers == [], writers
    state, = writers[first].active_producers
    assert state[:3] == (found.producer_id, found.producer_epoch, 3), state
    assert state.current_transaction_start_offset == 3 and before - 1 <= state.last_timestamp <= time.time() * 1000 + 1, state

    other = Producer({"bootstrap.servers": broker.address, "transactional.id": "p-second"})
    other.init_transactions(30)
    other.begin_transaction()
    other.produce("p-open", b"aborted", partition=1)
    assert other.flush(30) == 0
    other.abort_transaction(30)
    wait_for("the abort marker", lambda: admin.describe_transactions(["p-second"])["p-second"].state == TransactionState.COMPLETE_ABORT)
    aborted = admin.describe_transactions(["p-second"])["p-second"]
    state, = admin.describe_producers([second])[second].active_producers
    assert state.producer_id == aborted.producer_id and state.current_transaction_start_offset == -1, state

    def listed(**filters):
        (node, found), = admin.list_transactions(**filters).items()
        assert node == 1
        return {(each.transactional_id, each.producer_id, each.state) for each in found}
    ongoing = ("p-first", found.producer_id, TransactionState.ONGOING)
    ended = ("p-second", aborted.producer_id, TransactionState.COMPLETE_ABORT)
    assert listed() == {ongoing, ended}
    # By its name: of the enumeration kafka-python sends "TransactionState.ONGOING".
    assert listed(state_filters=["Ongoing"]) == {ongoing}
    assert listed(producer_id_filters=[aborted.producer_id]) == {ended}
    assert admin.find_hanging_transactions() == []

    producer.commit_transaction()
    wait_for("the commit marker", lambda: admin.describe_transactions(["p-first"])["p-first"].state == TransactionState.COMPLETE_COMMIT)
    assert [each.current_transaction_start_offset for each in admin.describe_producers([first])[first].active_producers] == [-1]
    assert listed(state_filters=["Ongoing"]) == set()
    try:
        admin.describe_transactions(["p-nobody"])
        raise AssertionError("a transaction of nobody was described")
    except python_errors.TransactionalIdNotFoundError:
        pass
    try:
        admin.describe_producers([PythonPartition("p-open", 2)], broker_id=1)
        raise AssertionError("producers of no partition were described")
    except python_errors.UnknownTopicOrPartitionError:
        pass
    producer.close()
    admin.close()


def after_restart(broker):
    """Partitions and settings are there again."""
    admin = confluent(broker)
    done(admin.create_topics([NewTopic("kept", 1, 1)]))
    done(admin.create_partitions([NewPartitions("kept", 3)]))
    entry = ConfigEntry("retention.ms", "12345", incremental_operation=AlterConfigOpType.SET)
    done(admin.incremental_alter_configs([ConfigResource(ResourceType.TOPIC, "kept", incremental_configs=[entry])]))
    entry = ConfigEntry("log.segment.bytes", "5000000", incremental_operation=AlterConfigOpType.SET)
    done(admin.incremental_alter_configs([ConfigResource(ResourceType.BROKER, "1", incremental_configs=[entry])]))
    produced(broker, "kept", [b"in the last one"], 2)
    broker.kill()
    broker.start()
    admin = confluent(broker)
    assert len(admin.list_topics("kept", timeout=10).topics["kept"].partitions) == 3
    found = entries(admin, ResourceType.TOPIC, "kept")
    assert found["retention.ms"].value == "12345" and found["segment.bytes"].value == "5000000"
    assert found["segment.bytes"].source == ConfigSource.DYNAMIC_BROKER_CONFIG.value
    assert consumed(broker, "kept", 2, 1) == [b"in the last one"]


TESTS = [
    ("confluent-kafka topics", confluent_topics),
    ("confluent-kafka create partitions", confluent_partitions),
    ("confluent-kafka settings of topics", confluent_configs),
    ("confluent-kafka settings of the broker", confluent_broker_configs),
    ("confluent-kafka delete records", confluent_records),
    ("confluent-kafka describe cluster", confluent_cluster),
    ("kafka-python topics and partitions", python_topics),
    ("kafka-python settings", python_configs),
    ("kafka-python cluster and log directories", python_cluster),
    ("kafka-python delete records", python_records),
    ("kafka-python producers and transactions", python_transactions),
    ("aiokafka topics, settings, records and groups", admin_aiokafka.administers),
    ("what was changed is there after a kill", after_restart),
]


if __name__ == "__main__":
    sys.exit(cases.run(Broker("admin", SETTINGS).start(), TESTS))
