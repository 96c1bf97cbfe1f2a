// The broker: transports, routing, one handler per API, shards that own partitions.
