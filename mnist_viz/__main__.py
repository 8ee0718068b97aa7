"""`python -m mnist_viz`: the same as the console script."""

import sys

from mnist_viz.cli import main

if __name__ == "__main__":
    sys.exit(main())
