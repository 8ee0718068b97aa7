"""The session's runs as a tree, and what is asked before one is left for another."""
