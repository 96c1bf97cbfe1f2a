// A Kafka client for measured load: a producer and a consumer that allocate nothing per record.
