"""The judgement: every acknowledged record once, in order, at the offset it was acknowledged with."""
from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition


def read(address, topic, partition):
    """Every (offset, value) of a partition, to its end."""
    consumer = Consumer({"bootstrap.servers": address, "group.id": "unused", "enable.auto.commit": False,
                         "auto.offset.reset": "error", "check.crcs": True, "log_level": 2,
                         "fetch.wait.max.ms": 100})
    place = TopicPartition(topic, partition, OFFSET_BEGINNING)
    low, high = consumer.get_watermark_offsets(place, timeout=30)
    if low != 0:
        raise AssertionError(f"partition {partition} begins at {low}")
    consumer.assign([place])
    read_to, idle = 0, 0
    while read_to < high and idle < 100:
        messages = consumer.consume(20_000, 0.2)
        idle = 0 if messages else idle + 1
        for message in messages:
            if message.error():
                raise AssertionError(f"partition {partition}: {message.error()}")
            yield message.offset(), message.value()
            read_to = message.offset() + 1
    consumer.close()
    if read_to < high:
        raise AssertionError(f"partition {partition} was read to {read_to}; its end is {high}")


def judge(address, topic, producers, partitions, read=read):
    """Violations, at most 20, and how many records were read; `read` is replaced to judge planted logs."""
    wrong, total = [], 0
    for partition in range(partitions):
        expected = [0] * len(producers)
        next_offset = 0
        for offset, value in read(address, topic, partition):
            number, place, sequence = (int(part) for part in value.split(b":", 3)[:3])
            total += 1
            if offset != next_offset:
                wrong.append(f"partition {partition}: offset {offset} follows {next_offset - 1}")
            next_offset = offset + 1
            if place != partition:
                wrong.append(f"partition {partition}: holds a record of partition {place}")
            elif sequence != expected[number]:
                kind = "again" if sequence < expected[number] else "too early"
                wrong.append(f"partition {partition}, offset {offset}: producer {number} record {sequence} {kind}; expected {expected[number]}")
                expected[number] = max(expected[number], sequence + 1)
            else:
                expected[number] += 1
            acknowledged = producers[number].acknowledged[partition].get(sequence)
            if acknowledged is not None and acknowledged != offset:
                wrong.append(f"partition {partition}: producer {number} record {sequence} acknowledged at {acknowledged}, stands at {offset}")
            if len(wrong) >= 20:
                return wrong, total
        for producer in producers:
            missing = [s for s in producer.acknowledged[partition] if s >= expected[producer.number]]
            if missing:
                wrong.append(f"partition {partition}: producer {producer.number} lost {len(missing)} acknowledged records from {min(missing)} on")
    return wrong, total
