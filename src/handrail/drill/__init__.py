"""Training: scenarios, injects, in-memory network, autopilot and score."""
