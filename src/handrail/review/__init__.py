"""Afterwards: timeline, compare and reports."""
