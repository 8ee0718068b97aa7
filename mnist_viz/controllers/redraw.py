"""When something on screen is drawn anew: once for many changes, not too often, and only where it can be seen."""

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QWidget

from mnist_viz.session.session import Session
from mnist_viz.views.panel import is_seen


class Redraw(QObject):
    """Remembers that something has changed, and draws it at the next tick.

    Args:
        draw: draws what has changed; False if it could not yet, and is to be called again.
        parent: with which it ends, if there is no panel.
        seconds: the least time between two drawings.
        following: a session; `seconds` then apply only while its training is followed.
        panel: a widget, with which it ends; nothing is drawn while it cannot be seen.

    Attributes:
        dirty: whether something has changed since it was drawn.
    """

    def __init__(
        self,
        draw: Callable[[], object],
        parent: QObject,
        seconds: float = 0.0,
        *,
        following: Session | None = None,
        panel: QWidget | None = None,
    ) -> None:
        super().__init__(panel if panel is not None else parent)
        self._draw = draw
        self._seconds = seconds
        self._following = following
        self._panel = panel
        self._due = 0.0
        self.dirty = True
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.tick)

    @Slot()
    def mark(self) -> None:
        """Draw it at the next tick."""
        self.dirty = True

    @Slot()
    def soon(self) -> None:
        """Draw it in this turn of the event loop if it is due: what the user did is shown at once."""
        self.dirty = True
        self._timer.start(0)

    @Slot()
    def at_once(self) -> None:
        """Draw it in this turn of the event loop, even if it was drawn a moment ago."""
        self._due = 0.0
        self.soon()

    @Slot()
    def tick(self) -> None:
        """Draw what has changed, if it is due and can be seen."""
        if not self.dirty or (self._panel is not None and not is_seen(self._panel)):
            return
        now = time.monotonic()
        if now >= self._due or (self._following is not None and not self._following.follows_training):
            self._due = now + self._seconds
            self.draw()

    def draw(self) -> None:
        """Draw it now, whether or not it has changed or can be seen."""
        self.dirty = False
        self.dirty = self._draw() is False

    def stop(self) -> None:
        """Draw nothing by itself any more."""
        self._timer.stop()
        self._timer.timeout.disconnect(self.tick)

    def force(self) -> None:
        self._due = 0.0
        self.tick()
