// Partition logs on disk: append, read, index, recover.
