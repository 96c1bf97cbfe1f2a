"""Consumer groups of other people's clients against tidemarkd. One line a test: `ok NAME` or `FAIL NAME: why`.

Usage: groups.py [WORD…]: only the tests whose name has one of the words.
"""
import asyncio
import os
import subprocess
import sys
import time
import traceback

from broker import Broker
from group_members import (
    PARTITIONS, AiokafkaMember, ConfluentMember, CooperativeMember, KafkaPythonCooperativeMember, KafkaPythonMember, Load, Seen,
    committed, create, produce, wait_for)

SETTINGS = ["auto.create.topics.enable=true", f"num.partitions={PARTITIONS}", "group.initial.rebalance.delay.ms=100",
            "group.min.session.timeout.ms=1000", "offsets.topic.num.partitions=10"]


def churn(broker, member):
    """Two members, then up to ten, then two again, under load: every record is read, every partition's end is committed."""
    group = topic = f"churn-{member.__name__}"
    create(broker, topic)
    seen, load = Seen(), Load(broker, topic)
    members = [member(broker, group, topic, seen) for _ in range(2)]
    wait_for("the first records", lambda: len(seen) > 1000 or seen.failure)
    for step in (3, 3, 2):
        members += [member(broker, group, topic, seen) for _ in range(step)]
        time.sleep(0.5)
    wait_for("a share for each of ten", lambda: seen.failure or {len(m.owned) for m in members} == {1})
    for _ in range(4):
        for leaving in (members.pop(0), members.pop(0)):
            leaving.leave()
        time.sleep(0.3)
    sent = load.finish()
    wait_for(f"all {sent} records", lambda: len(seen) == sent or seen.failure)
    ends = {p: (sent - p + PARTITIONS - 1) // PARTITIONS for p in range(PARTITIONS)}
    wait_for("the last commits", lambda: seen.failure or committed(broker, group, topic) == ends)
    for left in members:
        left.leave()
    assert not seen.failure, seen.failure
    expected = {(p, o) for p, end in ends.items() for o in range(end)}
    assert set(seen.counts) == expected, f"{len(seen)} offsets read for {sent} records"
    # A second run of the group has nothing left to read.
    more = Seen()
    late = ConfluentMember(broker, group, topic, more)
    wait_for("an assignment", lambda: len(late.owned) == PARTITIONS or more.failure)
    time.sleep(0.5)
    late.leave()
    assert not more.failure and not more.counts, f"{len(more)} records were read again"


def kcat_group(broker, _):
    """kcat's balanced consumers: three processes, one partition, the one that reads is killed."""
    topic = "kcat-group"
    create(broker, topic, partitions=1)

    def start(number):
        output = open(os.path.join(broker.directory, f"kcat-{number}"), "wb")
        return subprocess.Popen(
            ["kcat", "-b", broker.address, "-G", "kcats", "-u", "-q", "-f", "%o\n", "-X", "session.timeout.ms=1500",
             "-X", "heartbeat.interval.ms=200", "-X", "auto.offset.reset=earliest", "-X", "auto.commit.interval.ms=100", topic],
            stdout=output, stderr=subprocess.DEVNULL)

    def read(number):
        with open(os.path.join(broker.directory, f"kcat-{number}"), "rb") as file:
            return [int(line) for line in file.read().split(b"\n")[:-1]]

    processes = [start(n) for n in range(3)]
    try:
        produce(broker, topic, 500, partitions=1)
        wait_for("500 records", lambda: len(set(sum((read(n) for n in range(3)), []))) == 500)
        active = [n for n in range(3) if read(n)]
        assert active, "nobody read"
        time.sleep(0.4)
        for number in active:
            processes[number].kill()
        if len(active) == 3:
            processes.append(start(3))
        produce(broker, topic, 500, partitions=1)
        numbers = range(len(processes))
        wait_for("another 500 by those that were idle",
                 lambda: set(range(500, 1000)) <= set(sum((read(n) for n in numbers if n not in active), [])))
        assert set(sum((read(n) for n in numbers), [])) == set(range(1000))
    finally:
        for process in processes:
            process.terminate()
    for process in processes:
        process.wait(20)


def more_members_than_partitions(broker, _):
    """Five members, two partitions: three are idle until the two leave."""
    topic = group = "idle"
    create(broker, topic, partitions=2)
    seen = Seen()
    members = [ConfluentMember(broker, group, topic, seen) for _ in range(5)]

    def owners():
        return [m for m in members if m.owned]

    wait_for("an assignment to five", lambda: all(m.assignments for m in members) and len(owners()) == 2)
    produce(broker, topic, 100, partitions=2)
    wait_for("100 records", lambda: len(seen) == 100 or seen.failure)
    for owner in owners():
        members.remove(owner)
        owner.leave()
    wait_for("two others", lambda: len(owners()) == 2)
    produce(broker, topic, 100, partitions=2)
    wait_for("100 more", lambda: len(seen) == 200 or seen.failure)
    for member in members:
        member.leave()
    assert not seen.failure, seen.failure
    assert set(seen.counts) == {(p, o) for p in range(2) for o in range(100)}


def static_members(broker, kind):
    """A static member that is restarted gets its partitions back, and the other one notices nothing."""
    topic = group = f"static-{kind.__name__}"
    create(broker, topic)
    seen = Seen()

    def member(name):
        return kind(broker, group, topic, seen, **kind.static(name))

    first, second = member("one"), member("two")
    wait_for("two shares", lambda: len(first.owned) == 5 and len(second.owned) == 5)
    share, rounds = set(second.owned), first.assignments
    second.leave()  # no client sends LeaveGroup for a static member
    again = member("two")
    wait_for("the same share", lambda: again.owned == share or seen.failure)
    produce(broker, topic, 1000)
    wait_for("1000 records", lambda: len(seen) == 1000 or seen.failure)
    assert first.assignments == rounds, f"the other member was given partitions {first.assignments - rounds} times more"

    from kafka import KafkaAdminClient
    from kafka.admin import MemberToRemove
    admin = KafkaAdminClient(bootstrap_servers=broker.address)
    again.leave()
    removed = admin.remove_group_members(group, [MemberToRemove(group_instance_id="two")])
    assert [e.__name__ for e in removed.values()] == ["NoError"], removed
    wait_for("everything with the other", lambda: len(first.owned) == PARTITIONS)
    first.leave()
    admin.close()
    assert not seen.failure, seen.failure


def cooperative_members(broker, kind):
    """A third member joins two under load and leaves again: each of the two gives up what the third gets, and nothing else, ever;
    of what it keeps it reads no record twice, and what was the third's comes back without a revocation."""
    topic = group = f"cooperative-{kind.__name__}"
    create(broker, topic)
    seen, load = Seen(), Load(broker, topic)
    first, second = (kind(broker, group, topic, seen) for _ in range(2))
    everything = set(range(PARTITIONS))
    wait_for("two shares", lambda: seen.failure or (len(first.owned) == len(second.owned) == 5 and first.owned | second.owned == everything))
    # Those of the first round of the two, when one of them was alone.
    before = {member: (set(member.owned), list(member.revoked)) for member in (first, second)}
    third = kind(broker, group, topic, seen)
    members = (first, second, third)
    wait_for("three shares", lambda: seen.failure or (
        sorted(len(member.owned) for member in members) == [3, 3, 4] and first.owned | second.owned | third.owned == everything))
    given = []
    for member, (share, revoked) in before.items():
        new = member.revoked[len(revoked):]
        assert new and len(new) == len(set(new)) and set(new) == share - member.owned, f"of {share} kept {member.owned}, but {new} were revoked"
        given += new
    assert sorted(given) == sorted(third.owned), f"{given} were given up, {third.owned} came to the third"
    kept = {member: set(member.owned) for member in (first, second)}
    revocations = [len(member.revoked) for member in kept]
    third.leave()
    wait_for("two shares again", lambda: seen.failure or (len(first.owned) == len(second.owned) == 5 and first.owned | second.owned == everything))
    assert all(kept[member] <= member.owned for member in kept), "a partition moved that could stay"
    assert [len(member.revoked) for member in kept] == revocations, "a partition was revoked although only the third's were free"
    sent = load.finish()
    wait_for(f"all {sent} records", lambda: len(seen) == sent or seen.failure)
    for member in kept:
        member.leave()
    assert not seen.failure, seen.failure
    stayed = kept[first] | kept[second]
    again = [place for place, count in seen.counts.items() if place[0] in stayed and count > 1]
    assert not again, f"{len(again)} records of partitions that stayed where they were, were read twice, such as {again[0]}"


def restart_keeps_offsets(broker, _):
    """Offsets that four clients committed are there after a drain and after a kill."""
    from aiokafka import AIOKafkaConsumer
    from aiokafka import TopicPartition as AioPartition
    from confluent_kafka import Consumer, TopicPartition
    from kafka import KafkaConsumer
    from kafka import TopicPartition as PythonPartition
    from kafka.structs import OffsetAndMetadata
    topic = "restart"
    create(broker, topic, partitions=2)
    produce(broker, topic, 200, partitions=2)
    consumer = Consumer({"bootstrap.servers": broker.address, "group.id": "by-confluent", "enable.auto.commit": False})
    consumer.commit(offsets=[TopicPartition(topic, 0, 11), TopicPartition(topic, 1, 12)], asynchronous=False)
    consumer.close()
    consumer = KafkaConsumer(bootstrap_servers=broker.address, group_id="by-kafka-python", enable_auto_commit=False)
    consumer.assign([PythonPartition(topic, 0)])
    consumer.commit({PythonPartition(topic, 0): OffsetAndMetadata(21, "mark", -1)})
    consumer.close()

    async def commit():
        consumer = AIOKafkaConsumer(bootstrap_servers=broker.address, group_id="by-aiokafka", enable_auto_commit=False)
        await consumer.start()
        consumer.assign([AioPartition(topic, 0)])
        await consumer.commit({AioPartition(topic, 0): (31, "note")})
        await consumer.stop()
    asyncio.run(commit())

    def check():
        assert committed(broker, "by-confluent", topic, 2) == {0: 11, 1: 12}
        consumer = KafkaConsumer(bootstrap_servers=broker.address, group_id="by-kafka-python")
        assert consumer.committed(PythonPartition(topic, 0), metadata=True)[:2] == (21, "mark")
        consumer.close()
        assert committed(broker, "by-aiokafka", topic, 1) == {0: 31}

    check()
    broker.stop()
    broker.start()
    check()
    broker.kill()
    broker.start()
    check()


def killed_broker(broker, _):
    """The broker is killed twice under a reading group, which goes on with the same members and reads and commits everything."""
    topic = group = "killed"
    create(broker, topic)
    seen = Seen()
    members = [ConfluentMember(broker, group, topic, seen) for _ in range(3)]
    sent = 0
    for _ in range(2):
        produce(broker, topic, 2000)
        sent += 2000
        wait_for("half of the records", lambda: len(seen) > sent - 1500 or seen.failure)
        broker.kill()
        broker.start()
    wait_for(f"{sent} records", lambda: len(seen) == sent or seen.failure)
    ends = {p: sent // PARTITIONS for p in range(PARTITIONS)}
    wait_for("the last commits", lambda: seen.failure or committed(broker, group, topic) == ends)
    for member in members:
        member.leave()
    assert not seen.failure, seen.failure


def admin(broker, _):
    """confluent-kafka and kafka-python describe, list and delete groups and offsets."""
    from confluent_kafka import ConsumerGroupState, ConsumerGroupTopicPartitions, TopicPartition
    from confluent_kafka.admin import AdminClient
    from kafka import KafkaAdminClient
    from kafka import TopicPartition as PythonPartition
    topic = "admin"
    create(broker, topic)
    produce(broker, topic, 100)
    seen = Seen()
    member = ConfluentMember(broker, "admin-group", topic, seen, **{"client.id": "the-client"})
    wait_for("100 records and their commits", lambda: seen.failure or sum(committed(broker, "admin-group", topic).values()) == 100)

    confluent = AdminClient({"bootstrap.servers": broker.address})
    listed = {g.group_id: g for g in confluent.list_consumer_groups().result(20).valid}
    assert listed["admin-group"].state == ConsumerGroupState.STABLE, listed
    stable = confluent.list_consumer_groups(states={ConsumerGroupState.EMPTY}).result(20).valid
    assert "admin-group" not in {g.group_id for g in stable}
    group = confluent.describe_consumer_groups(["admin-group"])["admin-group"].result(20)
    assert group.state == ConsumerGroupState.STABLE and group.partition_assignor == "range" and len(group.members) == 1, group
    assert group.members[0].client_id == "the-client"
    assert len(group.members[0].assignment.topic_partitions) == PARTITIONS, group.members[0].assignment

    python = KafkaAdminClient(bootstrap_servers=broker.address)
    described = python.describe_groups(["admin-group"])["admin-group"]
    assert described["group_state"] == "Stable" and len(described["members"]) == 1, described
    assert "admin-group" in {g["group_id"] for g in python.list_groups()}
    refused = python.delete_group_offsets("admin-group", [PythonPartition(topic, 0)])
    assert [e.__name__ for e in refused.values()] == ["GroupSubscribedToTopicError"], refused
    assert dict(python.delete_groups(["admin-group"])) == {"admin-group": "NonEmptyGroupError"}
    member.leave()
    assert not seen.failure, seen.failure

    deleted = python.delete_group_offsets("admin-group", [PythonPartition(topic, 0)])
    assert [e.__name__ for e in deleted.values()] == ["NoError"], deleted
    left = python.list_group_offsets("admin-group")["admin-group"]
    assert {p.partition: o.offset for p, o in left.items()} == {p: 10 for p in range(1, PARTITIONS)}, left
    change = ConsumerGroupTopicPartitions("admin-group", [TopicPartition(topic, 0, 3)])
    confluent.alter_consumer_group_offsets([change])["admin-group"].result(20)
    asked = ConsumerGroupTopicPartitions("admin-group", [TopicPartition(topic, 0), TopicPartition(topic, 1)])
    found = confluent.list_consumer_group_offsets([asked])["admin-group"].result(20).topic_partitions
    assert [(p.partition, p.offset) for p in found] == [(0, 3), (1, 10)], found
    confluent.delete_consumer_groups(["admin-group"])["admin-group"].result(20)
    assert "admin-group" not in {g.group_id for g in confluent.list_consumer_groups().result(20).valid}
    assert python.describe_groups(["admin-group"])["admin-group"]["group_state"] == "Dead"

    topics = confluent.list_topics(timeout=20).topics
    assert "__consumer_offsets" in topics
    try:
        confluent.delete_topics(["__consumer_offsets"])["__consumer_offsets"].result(20)
        raise AssertionError("the offsets could be deleted")
    except Exception as error:
        assert "TOPIC_EXCEPTION" in str(error) or "INVALID" in str(error).upper(), error
    python.close()


TESTS = [(f"{m.__name__}: two to ten members join and leave under load", churn, m) for m in (
    ConfluentMember, CooperativeMember, KafkaPythonMember, AiokafkaMember)] + [
    ("kcat -G: an idle process takes over from a killed one", kcat_group, None),
    ("more members than partitions", more_members_than_partitions, None),
] + [(f"{m.__name__}: static members come back without a rebalance, or are removed", static_members, m) for m in (
    ConfluentMember, KafkaPythonMember, AiokafkaMember)] + [
    (f"{m.__name__}: a rebalance leaves everybody what need not move", cooperative_members, m) for m in (
        CooperativeMember, KafkaPythonCooperativeMember)] + [
    ("committed offsets outlive a drain and a kill", restart_keeps_offsets, None),
    ("the broker is killed twice under a group", killed_broker, None),
    ("groups and offsets are described, listed, altered and deleted", admin, None),
]


def main():
    wanted = sys.argv[1:]
    broker = Broker("groups", SETTINGS).start()
    failed = 0
    try:
        for name, test, argument in TESTS:
            if wanted and not any(w in name for w in wanted):
                continue
            began = time.monotonic()
            try:
                test(broker, argument)
                print(f"ok {name} ({time.monotonic() - began:.1f} s)", flush=True)
            except Exception as error:  # a test's failure is a line, not the end
                failed += 1
                print(f"FAIL {name}: {error or type(error).__name__}", flush=True)
                traceback.print_exc(limit=3)
                if broker.process.poll() is not None:
                    print(f"tidemarkd left with {broker.process.returncode}:\n{broker.log_tail()}", flush=True)
                    broker.start()
        broker.stop()
    finally:
        broker.remove()
    # Clients of a failed test may still run.
    sys.stdout.flush()
    os._exit(1 if failed else 0)


if __name__ == "__main__":
    main()
