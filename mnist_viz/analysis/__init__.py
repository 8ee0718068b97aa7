"""Questions asked of a network, each a pure function of it and some images, in plain NumPy."""
