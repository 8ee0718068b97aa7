"""The window driven through its job with real mouse and key events: each step is checked, and pictures are taken."""
