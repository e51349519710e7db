"""Lead times, promises kept, queues."""
