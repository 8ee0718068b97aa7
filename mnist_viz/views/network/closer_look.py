"""How a neuron in a figure is opened: an entry in the context menu for the one there, Enter for the chosen one."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QPointF, Qt, Signal, Slot
from PySide6.QtGui import QAction, QShortcut

from mnist_viz.views.plots.figure import Figure

Neuron = tuple[int, int]
"""Layer and number; the first hidden layer is 0, the outputs are the last one."""

NOWHERE: Neuron = (-1, -1)


class CloserLook(QObject):
    """Lets the user look closer at a neuron.

    Args:
        figure: what shows the neurons.
        neuron_at: the layer and number of the neuron at a place in the figure's pixels; -1 for none.

    Attributes:
        chosen: layer and number of the chosen neuron.
        action: opens the neuron at which the context menu was opened.
    """

    neuron_opened = Signal(int, int)  # layer and number

    def __init__(self, figure: Figure, neuron_at: Callable[[QPointF], Neuron]) -> None:
        super().__init__(figure)
        self._neuron_at = neuron_at
        self._offered = NOWHERE
        self.chosen = NOWHERE
        self.action = QAction("Look closer at this neuron\tEnter", self)
        self.action.setObjectName(f"{figure.objectName()}-closer")
        self.action.triggered.connect(self._on_triggered)
        separator = QAction(self)
        separator.setSeparator(True)
        figure.insertActions(figure.actions()[0], [self.action, separator])
        figure.menu_opening.connect(self._on_menu_opening)
        for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            shortcut = QShortcut(key, figure, context=Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(self._on_key)

    def offer(self, neuron: Neuron) -> None:
        """The menu opens for this neuron."""
        self._offered = neuron
        self.action.setEnabled(neuron[1] >= 0)

    @Slot(object)
    def _on_menu_opening(self, position: QPointF | None) -> None:
        self.offer(self.chosen if position is None else self._neuron_at(position))

    @Slot()
    def _on_triggered(self) -> None:
        self.neuron_opened.emit(*self._offered)

    @Slot()
    def _on_key(self) -> None:
        if self.chosen[1] >= 0:
            self.neuron_opened.emit(*self.chosen)
