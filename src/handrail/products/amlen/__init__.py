"""Eclipse Amlen: client, administration interface and simulated world of one or more HA pairs."""
