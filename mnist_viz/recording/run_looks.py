"""What runs may be called, and how many colours they have: the tree, the file and the panels agree on it."""

MAX_NAME = 80
"""Characters of a run's name."""

RUN_COLORS = 8
"""So many before they repeat."""
