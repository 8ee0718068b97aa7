"""Data sets that others publish: where their files are, fetching them, reading them in a process of its own."""
