"""The panel that shows two runs side by side: their weights, the difference, and what only one of them reads."""
