"""The network itself: its weights and its activations."""
