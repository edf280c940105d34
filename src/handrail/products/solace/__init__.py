"""Solace PubSub+: SEMP v2 and v1, the CLI lines of its document, and two simulated replication sites."""
