"""The probabilities of the classes, of which one is chosen with a click or the arrows."""

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent

from mnist_viz.views import zoom
from mnist_viz.views.probabilities import ProbabilityBars
from mnist_viz.views.theme import GRID
from mnist_viz.views.widgets import OwnKeys

_STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


class ClassChooser(ProbabilityBars):
    """Bars with a frame around the chosen class, and one around the class under the mouse."""

    class_chosen = Signal(int)
    edge = GRID // 2  # for the frames
    least_row = 14.0  # or a frame would cover the text in it

    def __init__(self, name: str, accessible_name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(accessible_name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        OwnKeys(self, *_STEPS)

    def minimumSizeHint(self) -> QSize:
        """Where there is little room the likeliest classes are listed."""
        return super().minimumSizeHint().boundedTo(zoom.size(1000, 6 * GRID))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.set_framed("hovered", self.class_at(zoom.units(event.position().y())))

    def leaveEvent(self, event: QEvent) -> None:
        self.set_framed("hovered", -1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        k = self.class_at(zoom.units(event.position().y()))
        if k >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self.class_chosen.emit(k)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and Down choose among the classes that are listed."""
        if event.key() in _STEPS:
            self._step(_STEPS[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def _step(self, by: int) -> None:
        listed, chosen = self.shown_classes(), self.framed("chosen")
        at = listed.index(chosen) + by if chosen in listed else 0
        self.class_chosen.emit(listed[at % len(listed)])
