"""When something on screen is drawn anew: once for many changes, not too often, and only where it can be seen."""

import math
import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QWidget

from mnist_viz.session.session import Session
from mnist_viz.views.panel import is_seen

SHARE = 0.06
"""The share of a core that the window's thread may take while training goes at full speed."""
LONGEST = 0.4
"""Seconds after which something is drawn all the same."""


class Redraw(QObject):
    """Remembers that something has changed, and draws it at the next tick.

    While training goes at full speed, what is drawn takes time from it: the more that took since this was drawn, the
    later it is drawn again.

    Args:
        draw: draws what has changed; False if it could not yet, and is to be called again.
        parent: with which it ends, if there is no panel.
        seconds: the least time between two drawings.
        session: whose training it must not slow down.
        following: whether `seconds` apply only while training is followed, and not in its past.
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
        session: Session | None = None,
        following: bool = False,
        panel: QWidget | None = None,
    ) -> None:
        super().__init__(panel if panel is not None else parent)
        self._draw = draw
        self._seconds = seconds
        self._session = session
        self._following = following
        self._panel = panel
        self._drawn, self._spent = -math.inf, 0.0  # when it was drawn last, and how long this thread had worked by then
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
        self._drawn = -math.inf
        self.soon()

    @Slot()
    def tick(self) -> None:
        """Draw what has changed, if it is due and can be seen."""
        if not self.dirty or (self._panel is not None and not is_seen(self._panel)):
            return
        if self._is_due():
            self._drawn, self._spent = time.monotonic(), time.thread_time()
            self.draw()

    def _is_due(self) -> bool:
        session, since = self._session, time.monotonic() - self._drawn
        if session is not None and self._following and not session.follows_training:
            return True
        if since < self._seconds or session is None or not session.at_full_speed:
            return since >= self._seconds
        return since >= LONGEST or time.thread_time() - self._spent <= SHARE * since

    def draw(self) -> None:
        """Draw it now, whether or not it has changed or can be seen."""
        self.dirty = False
        self.dirty = self._draw() is False

    def stop(self) -> None:
        """Draw nothing by itself any more."""
        self._timer.stop()
        self._timer.timeout.disconnect(self.tick)

    def force(self) -> None:
        self._drawn = -math.inf
        self.tick()
