"""The panel that compares two runs: weights, their difference, and the pictures that only one reads correctly."""
