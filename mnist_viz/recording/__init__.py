"""Moments of training kept and looked at again: frames, their timeline, the metrics, and model files."""
