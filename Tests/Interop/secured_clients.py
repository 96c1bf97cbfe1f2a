"""Each client as a user who proves who it is by a password, with TLS or without; and what it takes to write and read so."""
import asyncio
import ssl
import subprocess
import time

import aiokafka
import confluent_kafka

import broker as running

PASSWORDS = {"root": "root-pässword,=%", "alice": "alice-secret-7391", "bob": "bob-secret-5512"}
WRONG = "wrong-secret-8844"
MECHANISMS = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]


def tool(broker, *arguments, password=None):
    command = [running.PROGRAM, "credentials", arguments[0], "--data-dir", broker.data, *arguments[1:]]
    done = subprocess.run(command, input=password, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, (command, done.stderr)
    return done.stdout


def add_users(broker, mechanisms):
    """All of them, before the broker starts; PLAIN checks a password against any of their credentials."""
    for user, password in PASSWORDS.items():
        for mechanism in mechanisms:
            tool(broker, "add", "--user", user, "--mechanism", mechanism, password=password + "\n")


def librdkafka(broker, user, password, mechanism, authority=None, **more):
    """Settings; with an `authority`, the name of its file, over TLS."""
    secured = {"bootstrap.servers": broker.sasl, "security.protocol": "SASL_PLAINTEXT"} if authority is None else {
        "bootstrap.servers": broker.sasl_tls, "security.protocol": "SASL_SSL", "ssl.ca.location": broker.certificates.path(authority)}
    return {**secured, "sasl.mechanism": mechanism, "sasl.username": user, "sasl.password": password, "log_level": 0, **more}


def python(broker, user, password, mechanism, authority=None, **more):
    secured = dict(bootstrap_servers=broker.sasl, security_protocol="SASL_PLAINTEXT") if authority is None else dict(
        bootstrap_servers=broker.sasl_tls, security_protocol="SASL_SSL", ssl_cafile=broker.certificates.path(authority))
    return dict(**secured, sasl_mechanism=mechanism, sasl_plain_username=user, sasl_plain_password=password, **more)


def asynchronous(broker, user, password, mechanism, authority=None, **more):
    """As aiokafka takes them: a context instead of a file."""
    settings = python(broker, user, password, mechanism, authority, **more)
    if authority is not None:
        settings["ssl_context"] = ssl.create_default_context(cafile=settings.pop("ssl_cafile"))
    return settings


def kcat(broker, user, password, mechanism, *arguments, authority=None, **options):
    settings = librdkafka(broker, user, password, mechanism, authority)
    address, _ = settings.pop("bootstrap.servers"), settings.pop("log_level")
    words = [word for name, value in settings.items() for word in ("-X", f"{name}={value}")]
    return subprocess.run(["kcat", "-b", address, *words, *arguments], capture_output=True, timeout=60, **options)


def produce_confluent(broker, user, password, mechanism, topic, records, authority=None):
    """The errors of what could not be delivered."""
    errors = []
    producer = confluent_kafka.Producer(librdkafka(broker, user, password, mechanism, authority, **{"message.timeout.ms": 20000}))
    for record in records:
        producer.produce(topic, record, partition=0, on_delivery=lambda error, _: error and errors.append(error.code()))
    assert producer.flush(30) == 0
    return errors


def consume_confluent(broker, user, topic, count, mechanism="SCRAM-SHA-512", authority=None):
    consumer = confluent_kafka.Consumer(librdkafka(
        broker, user, PASSWORDS[user], mechanism, authority,
        **{"group.id": "unused", "auto.offset.reset": "earliest", "enable.auto.commit": False}))
    consumer.assign([confluent_kafka.TopicPartition(topic, 0, 0)])
    got, deadline = [], time.monotonic() + 40
    try:
        while len(got) < count and time.monotonic() < deadline:
            message = consumer.poll(1)
            if message is None:
                continue
            if message.error():
                return message.error().code()
            got.append(message.value())
    finally:
        consumer.close()
    return got


async def aiokafka_sends(settings, topic, record):
    async with aiokafka.AIOKafkaProducer(**settings) as producer:
        await producer.send_and_wait(topic, record, partition=0)


async def aiokafka_reads(settings, topic, count):
    async with aiokafka.AIOKafkaConsumer(enable_auto_commit=False, **settings) as consumer:
        partition = aiokafka.TopicPartition(topic, 0)
        consumer.assign([partition])
        await consumer.seek_to_beginning(partition)
        return [(await asyncio.wait_for(consumer.getone(), 20)).value for _ in range(count)]
