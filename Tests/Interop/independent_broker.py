"""A cluster of three brokers by other people: librdkafka's mock, with leaders spread over them. Prints one address, then waits to be killed.

    independent_broker.py [TOPIC…]    It has no CreateTopics: these are made by asking for them.
"""
import sys
import time
import confluent_kafka

client = confluent_kafka.Producer({"test.mock.num.brokers": 3, "bootstrap.servers": "", "log_level": 0})
brokers = client.list_topics(timeout=10).brokers.values()
for topic in sys.argv[1:]:
    client.list_topics(topic, timeout=10)
print(",".join(f"{broker.host}:{broker.port}" for broker in brokers), flush=True)
while True:
    time.sleep(60)
