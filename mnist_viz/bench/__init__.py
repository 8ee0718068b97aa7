"""Measurements as commands: `mnist-viz bench engine` and `mnist-viz bench ui`."""
