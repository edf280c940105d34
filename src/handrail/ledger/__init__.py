"""The record: signed, chained and sealed files, and their verification."""
