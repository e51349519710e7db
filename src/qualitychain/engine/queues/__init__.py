"""Traffic through departments and the waits in their queues."""
