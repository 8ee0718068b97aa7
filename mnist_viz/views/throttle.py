"""Work that is done at once, but limited in rate while the user scrubs."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Slot

MS_BETWEEN = 100


class Throttle(QObject):
    """Calls `work` when it is requested, then not again for a while; of the requests meanwhile the last one counts."""

    def __init__(self, work: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self._work = work
        self._wanted = False
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(MS_BETWEEN)
        self._pause.timeout.connect(self._on_pause_over)

    def request(self, *, at_once: bool = False) -> None:
        """Have the work done with what is known by then."""
        self._wanted = True
        if at_once or not self._pause.isActive():
            self._on_pause_over()

    @Slot()
    def _on_pause_over(self) -> None:
        if self._wanted:
            self._wanted = False
            self._pause.start()
            self._work()


def single_shot(parent: QObject, slot: Callable[[], object]) -> QTimer:
    """A timer that calls `slot` once, when what happens now has happened."""
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(0)
    timer.timeout.connect(slot)
    return timer
