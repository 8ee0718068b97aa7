"""The session's runs as a tree, and the dialog that makes a branch."""
