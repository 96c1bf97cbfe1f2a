"""confluent-kafka, on its own librdkafka."""
import confluent_kafka
from confluent_kafka.admin import (
    AclBinding, AclBindingFilter, AclOperation, AclPermissionType, AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource,
    NewPartitions, NewTopic, OffsetSpec, ResourcePatternType, ResourceType, ScramCredentialInfo, ScramMechanism,
    UserScramCredentialDeletion, UserScramCredentialUpsertion)

from capturing import MECHANISMS, PARTITIONS, PASSWORD, TOPIC, USER, VALUES, wait_for


def label():
    return f"confluent-kafka-{confluent_kafka.__version__}/librdkafka-{confluent_kafka.libversion()[0]}"


def produce(address, topic, **settings):
    failed = []
    producer = confluent_kafka.Producer({"bootstrap.servers": address, "linger.ms": 5, **{k.replace("_", "."): v for k, v in settings.items()}})
    for number, value in enumerate(VALUES):
        producer.produce(topic, value, key=b"key", partition=number % PARTITIONS, headers={"origin": b"confluent"},
                         on_delivery=lambda error, _: failed.append(error) if error else None)
    assert producer.flush(30) == 0 and not failed, failed


def open_consumer(address, group, **settings):
    return confluent_kafka.Consumer({
        "bootstrap.servers": address, "group.id": group, "enable.auto.commit": False, "auto.offset.reset": "earliest",
        "heartbeat.interval.ms": 50, "session.timeout.ms": 6000, **{k.replace("_", "."): v for k, v in settings.items()}})


def records(address):
    for settings in ({"enable_idempotence": False}, {"compression_type": "zstd", "enable_idempotence": True}, {"acks": 1}):
        produce(address, TOPIC, **settings)
    consumer = open_consumer(address, "unused")
    consumer.assign([confluent_kafka.TopicPartition(TOPIC, number, 0) for number in range(PARTITIONS)])
    got = []
    wait_for("the records", lambda: got.extend(consumer.consume(10, 0.2)) or len(got) >= 3 * len(VALUES))
    consumer.get_watermark_offsets(confluent_kafka.TopicPartition(TOPIC, 0), 10)
    consumer.close()


def group(address):
    """Two members each of an eager group and of a cooperative one with names, that commit and leave."""
    for strategy in ("range", "cooperative-sticky"):
        is_static = strategy == "cooperative-sticky"
        members = [open_consumer(
            address, f"confluent-{strategy}", partition_assignment_strategy=strategy,
            **({"group_instance_id": f"member-{number}"} if is_static else {})) for number in range(2)]
        for member in members:
            member.subscribe([TOPIC])
        wait_for("a share for each member", lambda: [member.poll(0.1) for member in members] and all(member.assignment() for member in members))
        place = members[0].assignment()[0]
        members[0].commit(offsets=[confluent_kafka.TopicPartition(TOPIC, place.partition, 1, "a note")], asynchronous=False)
        members[0].committed([place], 10)
        wait_for("heartbeats", lambda: members[0].poll(0.2) is None)
        for member in members:
            member.close()


def transactions(address):
    producer = confluent_kafka.Producer({"bootstrap.servers": address, "transactional.id": "confluent"})
    producer.init_transactions(30)
    consumer = open_consumer(address, "confluent-transactions", isolation_level="read_committed")
    consumer.subscribe([TOPIC])
    wait_for("a share", lambda: consumer.poll(0.1) and consumer.assignment())
    for end in ("commit", "abort"):
        producer.begin_transaction()
        for partition in range(PARTITIONS):
            producer.produce("transactions", b"value", partition=partition)
        producer.send_offsets_to_transaction(
            [confluent_kafka.TopicPartition(TOPIC, 0, 2)], consumer.consumer_group_metadata(), 30)
        getattr(producer, f"{end}_transaction")(30)
    consumer.close()


def done(futures):
    """What each future gives; the first failure is raised."""
    return {key: future.result(30) for key, future in futures.items()}


def admin(address):
    client = AdminClient({"bootstrap.servers": address})
    done(client.create_topics([NewTopic("made", 2, 1, config={"retention.ms": "77000"})]))
    done(client.create_topics([NewTopic("checked", 2, replica_assignment=[[1], [1]])], validate_only=True))
    done(client.create_partitions([NewPartitions("made", 3)]))
    topic = ConfigResource(ResourceType.TOPIC, "made")
    done(client.describe_configs([topic, ConfigResource(ResourceType.BROKER, "1")]))
    done(client.alter_configs([ConfigResource(ResourceType.TOPIC, "made", set_config={"max.message.bytes": "100000"})]))
    changes = [ConfigEntry("cleanup.policy", "compact", incremental_operation=AlterConfigOpType.APPEND),
               ConfigEntry("max.message.bytes", None, incremental_operation=AlterConfigOpType.DELETE)]
    done(client.incremental_alter_configs([ConfigResource(ResourceType.TOPIC, "made", incremental_configs=changes)]))
    produce(address, "made")
    done(client.delete_records([confluent_kafka.TopicPartition("made", 0, 1)]))
    for spec in (OffsetSpec.earliest(), OffsetSpec.max_timestamp(), OffsetSpec.for_timestamp(1)):
        done(client.list_offsets({confluent_kafka.TopicPartition("made", 0): spec}))
    client.describe_cluster(include_authorized_operations=True).result(30)
    done(client.describe_topics(confluent_kafka.TopicCollection(["made"])))
    done(client.delete_topics(["made"]))


def group_admin(address):
    """Of the groups that `group` has left behind."""
    client = AdminClient({"bootstrap.servers": address})
    client.list_groups(timeout=10)
    client.list_consumer_groups().result(30)
    client.list_consumer_groups(states={confluent_kafka.ConsumerGroupState.EMPTY}).result(30)
    done(client.describe_consumer_groups(["confluent-range"], include_authorized_operations=True))
    places = [confluent_kafka.TopicPartition(TOPIC, 0, 1)]
    for asked in (None, [confluent_kafka.TopicPartition(TOPIC, 0)]):
        done(client.list_consumer_group_offsets([confluent_kafka.ConsumerGroupTopicPartitions("confluent-range", asked)]))
    done(client.alter_consumer_group_offsets([confluent_kafka.ConsumerGroupTopicPartitions("confluent-range", places)]))
    done(client.delete_consumer_groups(["confluent-range"]))


def security(address):
    client = AdminClient({"bootstrap.servers": address})
    everything = AclBindingFilter(
        ResourceType.ANY, None, ResourcePatternType.ANY, "User:carol", None, AclOperation.ANY, AclPermissionType.ANY)
    rule = AclBinding(ResourceType.TOPIC, "in-", ResourcePatternType.PREFIXED, "User:carol", "*", AclOperation.READ, AclPermissionType.ALLOW)
    done(client.create_acls([rule]))
    client.describe_acls(everything).result(30)
    done(client.delete_acls([everything]))
    info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 4096)
    done(client.alter_user_scram_credentials([UserScramCredentialUpsertion("erin", info, b"erin-secret", b"salt of erin")]))
    done(client.describe_user_scram_credentials(["erin"]))
    client.describe_user_scram_credentials(None).result(30)
    done(client.alter_user_scram_credentials([UserScramCredentialDeletion("erin", ScramMechanism.SCRAM_SHA_256)]))


def sasl(address):
    for mechanism in MECHANISMS:
        AdminClient({"bootstrap.servers": address, "security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": mechanism,
                     "sasl.username": USER, "sasl.password": PASSWORD}).list_topics(timeout=20)


TASKS = [records, group, transactions, admin, group_admin, security]
MOCK_TASKS = [records, group, transactions]
