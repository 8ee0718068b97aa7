"""The panel to draw in: the pad, its tools, what the network sees and what it reads."""
