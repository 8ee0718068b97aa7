"""Plots and heatmaps on pyqtgraph in the theme's colours; no other package imports pyqtgraph."""

import sys

import PySide6.QtWidgets  # noqa: F401  # pyqtgraph takes the binding that is imported already

# pyqtgraph would load CUDA's libraries if they are installed, and start a process to find them, for a widget that is
# not used here. A module that is None cannot be imported.
_hides_cuda = "cuda" not in sys.modules
if _hides_cuda:
    sys.modules["cuda"] = None  # type: ignore[assignment]

import pyqtgraph  # noqa: E402

if _hides_cuda:
    del sys.modules["cuda"]

# Read when items are made, so it comes before the first one: arrays are (row, column) as everywhere in NumPy.
pyqtgraph.setConfigOptions(imageAxisOrder="row-major")
