"""Asking and telling: one folder a product."""
