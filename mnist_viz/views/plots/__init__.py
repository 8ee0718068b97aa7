"""Where pyqtgraph meets our theme: figures with plots of lines and pictures of numbers.

Panels use what is here and nothing else of pyqtgraph.
"""

import pyqtgraph
import PySide6.QtWidgets  # noqa: F401  # pyqtgraph takes the binding that is imported already

# Read when items are made, so it comes before the first one: arrays are (row, column) as everywhere in NumPy.
pyqtgraph.setConfigOptions(imageAxisOrder="row-major")
