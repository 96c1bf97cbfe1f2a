"""Other people's clients prove who they are to tidemarkd, and are held to the access rules. One line a test."""
import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

import aiokafka
import aiokafka.errors
import confluent_kafka
import kafka
from confluent_kafka.admin import (
    AclBinding, AclBindingFilter, AclOperation, AclPermissionType, AdminClient, NewTopic, ResourcePatternType, ResourceType,
    ScramCredentialInfo, ScramMechanism, UserScramCredentialDeletion, UserScramCredentialUpsertion)
from kafka.admin import (
    ACL, ACLFilter, ACLOperation, ACLPermissionType, ACLResourcePatternType, KafkaAdminClient, ResourcePattern,
    ResourcePatternFilter, ResourceType as PythonResourceType)

from broker import ROOT, Broker, free_port
from certificates import Certificates
from secured_clients import (
    MECHANISMS, PASSWORDS, WRONG, add_users, aiokafka_reads, aiokafka_sends, asynchronous, consume_confluent, kcat, librdkafka,
    produce_confluent, python, tool)

PROGRAM = os.environ.get("TIDEMARK", os.path.join(ROOT, ".build/release/tidemark"))

SETTINGS = ["sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512", "authorizer.class.name=acl",
            "super.users=User:root", "auto.create.topics.enable=false"]
RECORDS = [b"record %d" % number for number in range(200)]


def admin(broker):
    return AdminClient(librdkafka(broker, "root", PASSWORDS["root"], "SCRAM-SHA-256"))


def create(broker, topic):
    root = admin(broker)
    root.create_topics([NewTopic(topic, 1, 1)])[topic].result(20)


def allow(broker, *rules):
    bindings = [AclBinding(kind, name, pattern, f"User:{user}", "*", operation, AclPermissionType.ALLOW)
                for user, operation, kind, name, pattern in rules]
    root = admin(broker)
    for done in root.create_acls(bindings).values():
        done.result(20)


def allow_topic(broker, user, topic, *operations):
    allow(broker, *[(user, each, ResourceType.TOPIC, topic, ResourcePatternType.LITERAL) for each in operations])


def is_hidden(broker, user, topic):
    """Whether a topic's metadata is denied: consumers of all clients wait then, and say so in their logs only."""
    client = KafkaAdminClient(**python(broker, user, PASSWORDS[user], "SCRAM-SHA-512"))
    try:
        return [each["error_code"] for each in client.describe_topics([topic])] == [29]
    finally:
        client.close()


def is_denied_reading(broker, user, topic):
    """Whether fetches are denied to one who may see the topic."""
    consumer = kafka.KafkaConsumer(**python(
        broker, user, PASSWORDS[user], "SCRAM-SHA-512", consumer_timeout_ms=10000, auto_offset_reset="earliest"))
    consumer.assign([kafka.TopicPartition(topic, 0)])
    try:
        next(consumer)
    except kafka.errors.TopicAuthorizationFailedError:
        return True
    except StopIteration:
        return False
    finally:
        consumer.close()
    return False


# The cases.

def strangers_get_nothing(broker):
    """A client that does not say who it is, is hung up on."""
    client = AdminClient({"bootstrap.servers": broker.sasl, "log_level": 0, "socket.timeout.ms": 3000})
    try:
        client.list_topics(timeout=4)
    except confluent_kafka.KafkaException:
        return
    raise AssertionError("a stranger got the list of topics")


def is_turned_away(broker, password, mechanism, authority=None, because=b"uthentication failed", code=confluent_kafka.KafkaError._AUTHENTICATION):
    """None of the clients gets in as alice; librdkafka's say why."""
    done = kcat(broker, "alice", password, mechanism, "-L", "-m", "5", authority=authority)
    assert done.returncode != 0 and because in done.stderr, done.stderr[-300:]
    errors = []
    client = confluent_kafka.Producer(librdkafka(broker, "alice", password, mechanism, authority, error_cb=lambda e: errors.append(e.code())))
    deadline = time.monotonic() + 20
    while code not in errors and time.monotonic() < deadline:
        client.poll(0.1)
    assert code in errors, errors
    try:
        KafkaAdminClient(**python(broker, "alice", password, mechanism, authority, bootstrap_timeout_ms=1000)).close()
        raise AssertionError(f"kafka-python got in by {mechanism}")
    except kafka.errors.KafkaError:
        pass
    asyncio.run(aiokafka_is_turned_away(asynchronous(broker, "alice", password, mechanism, authority)))


async def aiokafka_is_turned_away(settings):
    client = aiokafka.AIOKafkaProducer(**settings)
    try:
        await client.start()
        raise AssertionError(f"aiokafka got in by {settings['sasl_mechanism']}")
    except (aiokafka.errors.KafkaConnectionError, aiokafka.errors.AuthenticationFailedError):
        pass
    finally:
        await client.stop()


def wrong_passwords(broker):
    """By each mechanism, without TLS and with it; nor does anybody stay at a broker whose authority is not trusted. All at once: a
    client takes seconds until it gives up."""
    attempts = [(WRONG, mechanism, authority) for mechanism in MECHANISMS for authority in (None, "ca.crt")]
    mistrust = (PASSWORDS["alice"], "SCRAM-SHA-256", "other.crt", b"certificate verify failed", confluent_kafka.KafkaError._SSL)
    attempts.append(mistrust)
    with ThreadPoolExecutor(len(attempts)) as pool:
        for done in [pool.submit(is_turned_away, broker, *attempt) for attempt in attempts]:
            done.result()


def every_mechanism(broker, topic="ways", authority=None):
    """Each client proves itself by each mechanism, writes, and reads what was written."""
    create(broker, topic)
    allow_topic(broker, "alice", topic, AclOperation.READ, AclOperation.WRITE)
    allow(broker, ("alice", AclOperation.READ, ResourceType.GROUP, "unused", ResourcePatternType.LITERAL))
    expected, password = [], PASSWORDS["alice"]
    for mechanism in MECHANISMS:
        record = f"kcat by {mechanism}".encode()
        done = kcat(broker, "alice", password, mechanism, "-P", "-t", topic, "-p", "0", authority=authority, input=record)
        assert done.returncode == 0, done.stderr[-300:]
        expected.append(record)
        record = f"confluent by {mechanism}".encode()
        assert produce_confluent(broker, "alice", password, mechanism, topic, [record], authority) == []
        expected.append(record)
        record = f"kafka-python by {mechanism}".encode()
        producer = kafka.KafkaProducer(**python(broker, "alice", password, mechanism, authority))
        producer.send(topic, record, partition=0).get(30)
        producer.close()
        expected.append(record)
        record = f"aiokafka by {mechanism}".encode()
        asyncio.run(aiokafka_sends(asynchronous(broker, "alice", password, mechanism, authority), topic, record))
        expected.append(record)
    for mechanism in MECHANISMS:
        done = kcat(broker, "alice", password, mechanism, "-C", "-t", topic, "-p", "0", "-o", "beginning", "-e", "-q", authority=authority)
        assert done.stdout.splitlines() == expected, (mechanism, done.stdout, done.stderr[-300:])
        got = consume_confluent(broker, "alice", topic, len(expected), mechanism, authority)
        assert got == expected, (mechanism, got)
        consumer = kafka.KafkaConsumer(**python(
            broker, "alice", password, mechanism, authority, consumer_timeout_ms=20000, auto_offset_reset="earliest"))
        consumer.assign([kafka.TopicPartition(topic, 0)])
        got = [next(consumer).value for _ in expected]
        consumer.close()
        assert got == expected, (mechanism, got)
        got = asyncio.run(aiokafka_reads(asynchronous(broker, "alice", password, mechanism, authority), topic, len(expected)))
        assert got == expected, (mechanism, got)


def every_mechanism_over_tls(broker):
    every_mechanism(broker, "tls-ways", "ca.crt")


def denied_and_allowed(broker):
    create(broker, "ruled")
    # A consumer looks for its group's coordinator whatever it reads.
    allow(broker, ("bob", AclOperation.READ, ResourceType.GROUP, "unused", ResourcePatternType.LITERAL))
    denied = confluent_kafka.KafkaError.TOPIC_AUTHORIZATION_FAILED
    assert set(produce_confluent(broker, "bob", PASSWORDS["bob"], "SCRAM-SHA-256", "ruled", RECORDS)) == {denied}
    assert is_hidden(broker, "bob", "ruled")
    done = kcat(broker, "bob", PASSWORDS["bob"], "SCRAM-SHA-512", "-L", "-J")
    assert done.returncode == 0 and b"ruled" not in done.stdout, done.stdout
    allow_topic(broker, "bob", "ruled", AclOperation.WRITE)
    assert produce_confluent(broker, "bob", PASSWORDS["bob"], "SCRAM-SHA-256", "ruled", RECORDS) == []
    assert is_denied_reading(broker, "bob", "ruled")
    allow_topic(broker, "bob", "ruled", AclOperation.READ)
    assert consume_confluent(broker, "bob", "ruled", len(RECORDS)) == RECORDS


def rules_by_confluent(broker):
    root = admin(broker)
    everything = AclBindingFilter(
        ResourceType.ANY, None, ResourcePatternType.ANY, "User:carol", None, AclOperation.ANY, AclPermissionType.ANY)
    rules = [
        AclBinding(ResourceType.TOPIC, "in-", ResourcePatternType.PREFIXED, "User:carol", "*", AclOperation.READ, AclPermissionType.ALLOW),
        AclBinding(ResourceType.GROUP, "*", ResourcePatternType.LITERAL, "User:carol", "10.0.0.1", AclOperation.ALL, AclPermissionType.DENY)]
    for done in root.create_acls(rules).values():
        done.result(20)
    assert sorted(root.describe_acls(everything).result(20)) == sorted(rules)
    deleted = list(root.delete_acls([everything]).values())[0].result(20)
    assert sorted(deleted) == sorted(rules)
    assert root.describe_acls(everything).result(20) == []


def rules_by_kafka_python(broker):
    root = KafkaAdminClient(**python(broker, "root", PASSWORDS["root"], "SCRAM-SHA-512"))
    rule = ACL(principal="User:dave", host="*", operation=ACLOperation.WRITE, permission_type=ACLPermissionType.ALLOW,
               resource_pattern=ResourcePattern(PythonResourceType.TOPIC, "out", ACLResourcePatternType.PREFIXED))
    found = ACLFilter(principal="User:dave", host=None, operation=ACLOperation.ANY, permission_type=ACLPermissionType.ANY,
                      resource_pattern=ResourcePatternFilter(PythonResourceType.ANY, None, ACLResourcePatternType.ANY))
    made = root.create_acls([rule])
    assert made["succeeded"] == [rule] and made["failed"] == [], made
    assert root.describe_acls(found)[0] == [rule]
    bob = KafkaAdminClient(**python(broker, "bob", PASSWORDS["bob"], "SCRAM-SHA-512"))
    for asks in (lambda: bob.describe_acls(found), lambda: bob.create_acls([rule]), lambda: bob.delete_acls([found])):
        try:
            answer = asks()
        except kafka.errors.ClusterAuthorizationFailedError:
            continue
        assert "ClusterAuthorizationFailed" in repr(answer), answer
    bob.close()
    assert root.describe_acls(found)[0] == [rule]
    root.delete_acls([found])
    assert root.describe_acls(found)[0] == []
    root.close()


def users_online(broker):
    root = admin(broker)
    info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 8192)
    password = "erin-secret-2290"
    PASSWORDS["erin"] = password
    root.alter_user_scram_credentials(
        [UserScramCredentialUpsertion("erin", info, password.encode(), b"salt of erin")])["erin"].result(20)
    described = root.describe_user_scram_credentials(["erin"])["erin"].result(20)
    assert [(i.mechanism, i.iterations) for i in described.scram_credential_infos] == [(ScramMechanism.SCRAM_SHA_512, 8192)]
    assert kcat(broker, "erin", password, "SCRAM-SHA-512", "-L").returncode == 0
    assert kcat(broker, "erin", password, "PLAIN", "-L").returncode == 0
    root.alter_user_scram_credentials([UserScramCredentialDeletion("erin", ScramMechanism.SCRAM_SHA_512)])["erin"].result(20)
    assert kcat(broker, "erin", password, "SCRAM-SHA-512", "-L", "-m", "2").returncode != 0


def our_verbs(broker):
    """`tidemark` gets in over SASL_SSL by options and by a Kafka client's file; with a wrong password, an authority that nobody trusts
    or too few rights it is told why, and says no password."""
    path = os.path.join(broker.elsewhere, "alice.password")
    config = os.path.join(broker.elsewhere, "client.properties")

    def verb(*words, code=0, password=PASSWORDS["alice"], authority="ca.crt", options=None):
        with open(path, "w") as file:
            file.write(password + "\n")
        options = options or ["--tls", "--tls-ca", broker.certificates.path(authority), "--sasl", "scram-sha-512", "--user", "alice",
                              "--password-file", path]
        done = subprocess.run([PROGRAM, *words, "-b", broker.sasl_tls, *options], capture_output=True, text=True, timeout=60)
        said = done.stdout + done.stderr
        assert done.returncode == code, (words, done.returncode, said)
        assert not any(secret in said for secret in [*PASSWORDS.values(), WRONG]), said
        return said

    create(broker, "verbs")
    allow_topic(broker, "alice", "verbs", AclOperation.READ, AclOperation.WRITE)
    assert produce_confluent(broker, "alice", PASSWORDS["alice"], "PLAIN", "verbs", RECORDS) == []
    assert verb("cat", "verbs").encode().splitlines() == RECORDS
    with open(config, "w") as file:
        file.write("security.protocol=SASL_SSL\nsasl.mechanism=SCRAM-SHA-256\nacks=all\nssl.truststore.type=PEM\n"
                   f"ssl.truststore.location={broker.certificates.path('ca.crt')}\nsasl.jaas.config=org.apache.kafka.common.security.scram."
                   f"ScramLoginModule required \\\n  username=\"alice\" password=\"{PASSWORDS['alice']}\";\n")
    said = verb("cat", "verbs", "-n", "1", options=["--command-config", config])
    assert "record 0" in said and "not used: acks" in said, said
    assert "a wrong password, or no such user" in verb("topics", "list", code=1, password=WRONG)
    assert "not from an authority that is trusted here" in verb("topics", "list", code=1, authority="other.crt")
    said = verb("topics", "create", "forbidden", code=1)
    assert "which needs Create on topic forbidden, or Create on the cluster" in said and "AUTHORIZATION_FAILED" in said, said
    done = subprocess.run([PROGRAM, "topics", "list", "-b", broker.sasl_tls], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "TLS" in done.stderr, done.stderr


def holds_no_secret(directory):
    for folder, _, names in os.walk(directory):
        for name in names:
            with open(os.path.join(folder, name), "rb") as file:
                content = file.read()
            for secret in [*PASSWORDS.values(), WRONG]:
                assert secret.encode() not in content, f"{name} has the password {secret}"


def omb_driver(broker):
    """OMB's driver file gets in as a Kafka client's properties would, and no password of it is in what the run leaves behind."""
    workload, results = os.path.join(broker.elsewhere, "omb.yaml"), os.path.join(broker.elsewhere, "omb-results")
    with open(workload, "w") as file:
        file.write("name: secured\ntopics: 1\npartitionsPerTopic: 2\nmessageSize: 100\nuseRandomizedPayloads: false\nsubscriptionsPerTopic: 1\n"
                   "consumerPerSubscription: 1\nproducersPerTopic: 1\nproducerRate: 500\ntestDurationMinutes: 1\nwarmupDurationMinutes: 0\n")

    def measured(password):
        driver = os.path.join(broker.elsewhere, "omb-driver.yaml")
        common = ["security.protocol=SASL_SSL", "sasl.mechanism=SCRAM-SHA-256", "ssl.truststore.type=PEM",
                  f"ssl.truststore.location={broker.certificates.path('ca.crt')}",
                  f'sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username="root" password="{password}";']
        with open(driver, "w") as file:
            file.write("name: secured\ndriverClass: io.openmessaging.benchmark.driver.kafka.KafkaBenchmarkDriver\nreplicationFactor: 1\n"
                       "topicConfig: |\n  flush.ms=1000\ncommonConfig: |\n" + "".join(f"  {line}\n" for line in common)
                       + "producerConfig: |\n  acks=all\nconsumerConfig: |\n  auto.offset.reset=earliest\n")
        done = subprocess.run([PROGRAM, "run", "--omb", workload, "--driver", driver, "--time-scale", "0.03", "--bootstrap", broker.sasl_tls,
                               "--results", results], capture_output=True, text=True, timeout=120)
        said = done.stdout + done.stderr
        assert not any(secret in said for secret in [*PASSWORDS.values(), WRONG]), said
        return done.returncode, said

    code, said = measured(WRONG)
    assert code not in (0, 5) and "a wrong password, or no such user" in said, (code, said)
    code, said = measured(PASSWORDS["root"])
    # 5: the machine was disturbed, which says nothing of the records.
    assert code in (0, 5) and "every record accounted for" in said, (code, said)
    assert "security.protocol" not in said.split("DEVIATES")[-1], said
    holds_no_secret(results)


def restart_keeps_all(broker):
    broker.kill()
    broker.start()
    assert consume_confluent(broker, "bob", "ruled", len(RECORDS)) == RECORDS
    broker.stop()
    listed = tool(broker, "list").splitlines()
    assert "alice: SCRAM-SHA-256 with 4096 iterations" in listed and not any(line.startswith("erin") for line in listed), listed
    assert os.stat(os.path.join(broker.data, "catalogue")).st_mode & 0o777 == 0o600
    tool(broker, "remove", "--user", "bob")
    broker.start()
    assert kcat(broker, "bob", PASSWORDS["bob"], "PLAIN", "-L", "-m", "2").returncode != 0


def no_secret_is_written(broker):
    """Neither the log nor any file of the broker has a password in it."""
    holds_no_secret(broker.directory)
    with open(broker.log_path) as log:
        assert "authentication by" in log.read(), "the log does not tell of failed authentications"


CASES = [strangers_get_nothing, wrong_passwords, every_mechanism, every_mechanism_over_tls, denied_and_allowed, rules_by_confluent,
         rules_by_kafka_python, users_online, our_verbs, omb_driver, restart_keeps_all, no_secret_is_written]


def main():
    broker = Broker("security", SETTINGS)
    broker.sasl = f"127.0.0.1:{free_port()}"
    broker.sasl_tls = f"127.0.0.1:{free_port()}"
    broker.arguments = ["--listen", f"{broker.sasl},security=sasl", "--listen", f"{broker.sasl_tls},security=sasl-tls"]
    # Not in the broker's own directory, where nobody's password may be.
    broker.elsewhere = tempfile.mkdtemp(prefix="security-clients-", dir=os.path.join(ROOT, ".build"))
    broker.certificates = Certificates(broker.elsewhere)
    broker.settings.append(f"ssl.keystore.location={broker.certificates.path('broker.pem')}")
    failures = 0
    try:
        add_users(broker, MECHANISMS[1:])
        broker.start()
        for case in CASES:
            if sys.argv[1:] and case.__name__ not in sys.argv[1:]:
                continue
            began = time.monotonic()
            try:
                case(broker)
                print(f"ok {case.__name__} ({time.monotonic() - began:.1f} s)", flush=True)
            except Exception as error:  # every case is reported
                failures += 1
                print(f"FAIL {case.__name__}: {error!r}", flush=True)
                traceback.print_exc()
        if failures:
            print(broker.log_tail())
    finally:
        broker.remove()
        shutil.rmtree(broker.elsewhere, ignore_errors=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
