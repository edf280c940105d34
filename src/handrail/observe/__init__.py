"""Seeing: expectations and verdicts, log following."""
