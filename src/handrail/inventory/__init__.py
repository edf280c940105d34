"""Where: servers, pairs, credentials by reference, log sources and commands."""
