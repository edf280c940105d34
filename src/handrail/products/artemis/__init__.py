"""Apache ActiveMQ Artemis: client, wire protocol and simulated world."""
