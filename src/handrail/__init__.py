"""handrail: a terminal runbook that an operator can hold on to."""

__version__ = "0.1.0"
