"""Lambda: functions run in this process, synchronously, asynchronously and from queues."""
