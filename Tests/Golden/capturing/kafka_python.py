"""kafka-python."""
import kafka
from kafka.admin import (
    ACL, AbortTransactionSpec, ACLFilter, ACLOperation, ACLPermissionType, ACLResourcePatternType, ConfigResource, ConfigResourceType,
    KafkaAdminClient, MemberToRemove, OffsetSpec, ResourcePattern, ResourcePatternFilter, ResourceType, UserScramCredentialDeletion,
    UserScramCredentialUpsertion)
from kafka.structs import OffsetAndMetadata

from capturing import MECHANISMS, PARTITIONS, PASSWORD, TOPIC, USER, VALUES, wait_for


def label():
    return f"kafka-python-{kafka.__version__}"


def records(address):
    for settings in ({"enable_idempotence": False, "acks": 1}, {"compression_type": "gzip"}):
        producer = kafka.KafkaProducer(bootstrap_servers=address, linger_ms=5, **settings)
        for each in [producer.send(TOPIC, value, b"key", [("origin", b"python")], number % PARTITIONS) for number, value in enumerate(VALUES)]:
            each.get(30)
        producer.close()
    consumer = kafka.KafkaConsumer(bootstrap_servers=address, enable_auto_commit=False, consumer_timeout_ms=20_000)
    places = [kafka.TopicPartition(TOPIC, number) for number in range(PARTITIONS)]
    consumer.assign(places)
    consumer.seek_to_beginning()
    for _ in range(2 * len(VALUES)):
        next(consumer)
    consumer.end_offsets(places)
    consumer.close()


def times(address):
    consumer = kafka.KafkaConsumer(bootstrap_servers=address)
    consumer.offsets_for_times({kafka.TopicPartition(TOPIC, 0): 1})
    consumer.close()


def group(address):
    for more in ({}, {"group_instance_id": "member-0"}):
        consumer = kafka.KafkaConsumer(
            TOPIC, bootstrap_servers=address, group_id="python-group" + "-static" * bool(more), auto_offset_reset="earliest",
            enable_auto_commit=False, session_timeout_ms=6000, heartbeat_interval_ms=100, **more)
        got = []
        wait_for("the records", lambda: got.extend(consumer.poll(200).values()) or got)
        consumer.commit()
        consumer.commit({kafka.TopicPartition(TOPIC, 0): OffsetAndMetadata(1, "a note", -1)})
        consumer.committed(kafka.TopicPartition(TOPIC, 0))
        wait_for("heartbeats", lambda: not consumer.poll(300))
        consumer.close()


def transactions(address):
    producer = kafka.KafkaProducer(bootstrap_servers=address, transactional_id="python")
    producer.init_transactions()
    consumer = kafka.KafkaConsumer(
        TOPIC, bootstrap_servers=address, group_id="python-transactions", auto_offset_reset="earliest", enable_auto_commit=False,
        isolation_level="read_committed")
    wait_for("a share", lambda: consumer.poll(200) and consumer.assignment())
    for end in ("commit", "abort"):
        producer.begin_transaction()
        for partition in range(PARTITIONS):
            producer.send("transactions", b"value", partition=partition).get(30)
        producer.send_offsets_to_transaction(
            {kafka.TopicPartition(TOPIC, 0): OffsetAndMetadata(2, "", -1)}, consumer.group_metadata())
        getattr(producer, f"{end}_transaction")()
    consumer.close()
    producer.close()


def admin(address):
    client = KafkaAdminClient(bootstrap_servers=address)
    client.create_topics({"made": {"num_partitions": 2, "configs": {"segment.ms": "99000"}}})
    client.create_partitions({"made": {"count": 4, "assignments": [[1], [1]]}})
    topic = ConfigResourceType.TOPIC
    client.describe_configs([ConfigResource(topic, "made")], include_synonyms=True)
    for incremental in (True, False):
        client.alter_configs([ConfigResource(topic, "made", {"retention.ms": "5000"})], incremental=incremental)
    place = kafka.TopicPartition("made", 0)
    client.delete_records({place: 0})
    client.list_partition_offsets({place: OffsetSpec.LATEST})
    client.describe_cluster()
    client.describe_topics(["made"])
    client.describe_log_dirs({"made": [0, 1]})
    client.describe_log_dirs()
    client.delete_topics(["made"])
    client.close()


def group_admin(address):
    """Of the groups that `group` has left behind; the static member is still in its own."""
    client = KafkaAdminClient(bootstrap_servers=address)
    client.list_groups()
    client.list_groups(states_filter=["Empty"])
    client.describe_groups(["python-group"], include_authorized_operations=True)
    client.list_group_offsets("python-group")
    place = kafka.TopicPartition(TOPIC, 0)
    client.alter_group_offsets("python-group", {place: OffsetAndMetadata(1, "altered", -1)})
    client.delete_group_offsets("python-group", [place])
    client.remove_group_members("python-group-static", [MemberToRemove(group_instance_id="member-0")])
    client.delete_groups(["python-group"])
    client.close()


def transaction_admin(address):
    """A transaction that its producer leaves open is looked at from every side and aborted from outside."""
    producer = kafka.KafkaProducer(bootstrap_servers=address, transactional_id="python-hanging")
    producer.init_transactions()
    producer.begin_transaction()
    place = kafka.TopicPartition("transactions", 0)
    producer.send(place.topic, b"hanging", partition=0).get(30)
    client = KafkaAdminClient(bootstrap_servers=address)
    client.list_transactions()
    client.list_transactions(state_filters=["Ongoing"], producer_id_filters=[1])
    client.describe_transactions(["python-hanging"])
    open_ones = [each for each in client.describe_producers([place])[place].active_producers if each.current_transaction_start_offset >= 0]
    client.abort_transaction(AbortTransactionSpec(place, open_ones[0].producer_id, open_ones[0].producer_epoch))
    client.close()
    producer.close(timeout=1)


def security(address):
    client = KafkaAdminClient(bootstrap_servers=address)
    rule = ACL(
        principal="User:dave", host="*", operation=ACLOperation.WRITE, permission_type=ACLPermissionType.ALLOW,
        resource_pattern=ResourcePattern(ResourceType.TOPIC, "out", ACLResourcePatternType.PREFIXED))
    found = ACLFilter(
        principal="User:dave", host=None, operation=ACLOperation.ANY, permission_type=ACLPermissionType.ANY,
        resource_pattern=ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY))
    client.create_acls([rule])
    client.describe_acls(found)
    client.delete_acls([found])
    client.alter_user_scram_credentials([UserScramCredentialUpsertion("frank", "SCRAM-SHA-512", "frank-secret", salt=b"salt of frank")])
    client.describe_user_scram_credentials(["frank"])
    client.describe_user_scram_credentials()
    client.alter_user_scram_credentials([UserScramCredentialDeletion("frank", "SCRAM-SHA-512")])
    client.close()


def sasl(address):
    for mechanism in MECHANISMS:
        KafkaAdminClient(
            bootstrap_servers=address, security_protocol="SASL_PLAINTEXT", sasl_mechanism=mechanism, sasl_plain_username=USER,
            sasl_plain_password=PASSWORD).close()


TASKS = [records, times, group, transactions, admin, group_admin, transaction_admin, security]
# Not at the mock cluster: kafka-python asks for ApiVersions 4, and what that answers instead of version 0's layout it can't read.
MOCK_TASKS = []
