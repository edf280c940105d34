"""Measurements: `python -m benchmarks`. Figures are quoted as ratios to a yardstick taken in the same run."""
