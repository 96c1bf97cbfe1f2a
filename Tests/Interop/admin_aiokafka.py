"""aiokafka's admin client: topics, partitions, settings, records, groups and their offsets; kafka-python and librdkafka see the same."""
import asyncio

import aiokafka
import aiokafka.errors
import aiokafka.structs
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource
from confluent_kafka.admin import AdminClient, ResourceType
from confluent_kafka.admin import ConfigResource as OtherResource
from kafka import KafkaAdminClient


def administers(broker):
    asyncio.run(everything(broker))


async def everything(broker):
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.address)
    await admin.start()
    try:
        assert [node["node_id"] for node in (await admin.describe_cluster())["brokers"]] == [1]
        await topics_and_settings(admin, AdminClient({"bootstrap.servers": broker.address}))
        await records_and_groups(admin, broker)
    finally:
        await admin.close()


async def topics_and_settings(admin, other):
    """`other` is librdkafka's client, which must see the same."""
    def codes(answer, field):
        return {name: code for name, code, *_ in getattr(answer, field)}

    async def partitions(name):
        return [each["partition"] for topic in await admin.describe_topics([name]) for each in topic["partitions"]]

    await admin.create_topics([NewTopic("a-dry", 1, 1)], validate_only=True)
    assert "a-dry" not in await admin.list_topics()
    made = await admin.create_topics([NewTopic("a-one", 2, 1, topic_configs={"retention.ms": "77000"}), NewTopic("a/two", 1, 1)])
    assert codes(made, "topic_errors") == {"a-one": 0, "a/two": 17}
    assert codes(await admin.create_topics([NewTopic("a-one", 1, 1)]), "topic_errors") == {"a-one": 36}
    assert "a-one" in await admin.list_topics() and await partitions("a-one") == [0, 1]
    await admin.create_partitions({"a-one": NewPartitions(4)}, validate_only=True)
    assert await partitions("a-one") == [0, 1]
    await admin.create_partitions({"a-one": NewPartitions(4)})
    assert await partitions("a-one") == [0, 1, 2, 3] == sorted(other.list_topics("a-one", timeout=10).topics["a-one"].partitions)
    try:
        await admin.create_partitions({"a-one": NewPartitions(1)})
        raise AssertionError("a topic shrank")
    except aiokafka.errors.InvalidPartitionsError:
        pass

    async def setting(kind, name, key):
        answer, = await admin.describe_configs([ConfigResource(kind, name, {key: None})])
        (error, _, _, told, ((found, value, read_only, *_),)), = answer.resources
        assert (error, told, found) == (0, name, key), answer
        return value, read_only
    assert await setting("topic", "a-one", "retention.ms") == ("77000", False)
    for key, error in [("retention.ms", 0), ("no.such", 40)]:
        answer, = await admin.alter_configs([ConfigResource("topic", "a-one", {key: "88000"})])
        assert [each[0] for each in answer.resources] == [error], answer
    assert await setting("topic", "a-one", "retention.ms") == ("88000", False)
    resource = OtherResource(ResourceType.TOPIC, "a-one")
    assert other.describe_configs([resource])[resource].result(30)["retention.ms"].value == "88000"
    assert await setting("broker", "1", "node.id") == ("1", True)
    assert codes(await admin.delete_topics(["a-one", "a-none"]), "topic_error_codes") == {"a-one": 0, "a-none": 3}
    assert "a-one" not in await admin.list_topics() and "a-one" not in other.list_topics(timeout=10).topics


async def records_and_groups(admin, broker):
    await admin.create_topics([NewTopic("a-cut", 1, 1)])
    async with aiokafka.AIOKafkaProducer(bootstrap_servers=broker.address) as producer:
        for number in range(50):
            await producer.send_and_wait("a-cut", b"%d" % number, partition=0)
    partition = aiokafka.TopicPartition("a-cut", 0)
    assert await admin.delete_records({partition: RecordsToDelete(30)}) == {partition: 30}
    try:
        await admin.delete_records({partition: RecordsToDelete(51)})
        raise AssertionError("records were deleted that are not there yet")
    except aiokafka.errors.OffsetOutOfRangeError:
        pass
    async with aiokafka.AIOKafkaConsumer("a-cut", bootstrap_servers=broker.address, group_id="a-group", client_id="a-client",
                                         auto_offset_reset="earliest", enable_auto_commit=False) as consumer:
        got = [await asyncio.wait_for(consumer.getone(), 30) for _ in range(20)]
        assert [(each.offset, each.value) for each in got] == [(n, b"%d" % n) for n in range(30, 50)]
        await consumer.commit({partition: (45, "a note")})
        assert ("a-group", "consumer") in await admin.list_consumer_groups() and await admin.find_coordinator("a-group") == 1
        assert await described(admin, "a-group") == ("Stable", ["a-client"])
        offsets = await admin.list_consumer_group_offsets("a-group")
        assert offsets == {partition: aiokafka.structs.OffsetAndMetadata(45, "a note")}, offsets
    assert await described(admin, "a-group") == ("Empty", [])
    assert await described(admin, "a-none") == ("Dead", [])
    python = KafkaAdminClient(bootstrap_servers=broker.address)
    assert {p.partition: o[:2] for p, o in python.list_group_offsets("a-group")["a-group"].items()} == {0: (45, "a note")}
    python.close()


async def described(admin, name):
    """Its state and its members' client ids. One group a call: aiokafka asks by a version whose answer it reads as an older one's."""
    answer, = await admin.describe_consumer_groups([name])
    (error, told, state, _, _, members), = answer.groups
    assert (error, told) == (0, name), answer
    return state, [client for _, client, *_ in members]
