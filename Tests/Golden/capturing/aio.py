"""aiokafka."""
import asyncio

import aiokafka
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from capturing import MECHANISMS, PARTITIONS, PASSWORD, TOPIC, USER, VALUES


def label():
    return f"aiokafka-{aiokafka.__version__}"


async def produce(address):
    for settings in ({}, {"enable_idempotence": True, "compression_type": "gzip"}):
        async with aiokafka.AIOKafkaProducer(bootstrap_servers=address, **settings) as producer:
            for number, value in enumerate(VALUES):
                await producer.send_and_wait(TOPIC, value, b"key", number % PARTITIONS, headers=[("origin", b"aiokafka")])


async def consume(address):
    consumer = aiokafka.AIOKafkaConsumer(bootstrap_servers=address, enable_auto_commit=False, auto_offset_reset="earliest")
    await consumer.start()
    places = [aiokafka.TopicPartition(TOPIC, number) for number in range(PARTITIONS)]
    consumer.assign(places)
    for _ in range(2 * len(VALUES)):
        await asyncio.wait_for(consumer.getone(), 20)
    await consumer.end_offsets(places)
    await consumer.stop()


def records(address):
    asyncio.run(produce(address))
    asyncio.run(consume(address))


def times(address):
    async def run():
        consumer = aiokafka.AIOKafkaConsumer(TOPIC, bootstrap_servers=address)
        await consumer.start()
        await consumer.offsets_for_times({aiokafka.TopicPartition(TOPIC, 0): 1})
        await consumer.stop()
    asyncio.run(run())


def group(address):
    async def run():
        consumer = aiokafka.AIOKafkaConsumer(
            TOPIC, bootstrap_servers=address, group_id="aio-group", auto_offset_reset="earliest", enable_auto_commit=False,
            session_timeout_ms=6000, heartbeat_interval_ms=100)
        await consumer.start()
        await asyncio.wait_for(consumer.getone(), 30)
        await consumer.commit()
        await consumer.commit({aiokafka.TopicPartition(TOPIC, 0): (1, "a note")})
        await consumer.committed(aiokafka.TopicPartition(TOPIC, 0))
        await asyncio.sleep(0.5)
        await consumer.stop()
    asyncio.run(run())


def transactions(address):
    async def run():
        async with aiokafka.AIOKafkaProducer(bootstrap_servers=address, transactional_id="aiokafka") as producer:
            for end in ("commit", "abort"):
                await producer.begin_transaction()
                for partition in range(PARTITIONS):
                    await producer.send_and_wait("transactions", b"value", partition=partition)
                await producer.send_offsets_to_transaction({aiokafka.TopicPartition(TOPIC, 0): 2}, "aio-transactions")
                await getattr(producer, f"{end}_transaction")()
    asyncio.run(run())


def admin(address):
    async def run():
        client = AIOKafkaAdminClient(bootstrap_servers=address)
        await client.start()
        await client.create_topics([NewTopic("made", 2, 1, topic_configs={"segment.ms": "99000"})])
        await client.create_partitions({"made": NewPartitions(3)})
        resource = ConfigResource(ConfigResourceType.TOPIC, "made")
        await client.describe_configs([resource], include_synonyms=True)
        resource.configs = {"retention.ms": "5000"}
        await client.alter_configs([resource])
        await client.delete_records({aiokafka.TopicPartition("made", 0): RecordsToDelete(0)})
        await client.describe_topics(["made"])
        await client.describe_cluster()
        await client.list_consumer_groups()
        await client.describe_consumer_groups(["aio-group"])
        await client.list_consumer_group_offsets("aio-group")
        await client.delete_topics(["made"])
        await client.close()
    asyncio.run(run())


def sasl(address):
    async def run(mechanism):
        client = AIOKafkaAdminClient(
            bootstrap_servers=address, security_protocol="SASL_PLAINTEXT", sasl_mechanism=mechanism, sasl_plain_username=USER,
            sasl_plain_password=PASSWORD)
        await client.start()
        await client.list_topics()
        await client.close()
    for mechanism in MECHANISMS:
        asyncio.run(run(mechanism))


TASKS = [records, times, group, transactions, admin]
MOCK_TASKS = [records, group, transactions]
