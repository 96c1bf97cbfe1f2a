// Kafka's protocol as bytes and types, both directions, no sockets.
