"""What was on the pad before, and what was undone."""

from dataclasses import dataclass

from mnist_viz.views.drawing.strokes import Line
from mnist_viz.views.painting import Bytes


@dataclass(frozen=True, eq=False)
class Sheet:
    """What lies on the pad: lines, or a given picture.

    Attributes:
        lines: in the order in which they were drawn.
        digit: (h, w) or (h, w, 3) uint8; None when there is none.
        label: the given picture's class; -1 when it is not known.
    """

    lines: tuple[Line, ...] = ()
    digit: Bytes | None = None
    label: int = -1

    @property
    def empty(self) -> bool:
        return not self.lines and self.digit is None


EMPTY = Sheet()

MOST = 100
"""So many steps back are kept: each may be a photo."""


class History:
    """The sheets before and after the one that is shown."""

    def __init__(self) -> None:
        self.sheet = EMPTY
        self._past: list[Sheet] = []
        self._future: list[Sheet] = []

    def can_undo(self) -> bool:
        return bool(self._past)

    def can_redo(self) -> bool:
        return bool(self._future)

    def change(self, sheet: Sheet, before: Sheet | None = None) -> None:
        """Show `sheet`; undo brings back `before`, or the one that is shown now."""
        self._past = [*self._past[1 - MOST :], before if before is not None else self.sheet]
        self._future.clear()
        self.sheet = sheet

    def undo(self) -> bool:
        return self._turn(self._past, self._future)

    def redo(self) -> bool:
        return self._turn(self._future, self._past)

    def _turn(self, source: list[Sheet], target: list[Sheet]) -> bool:
        if not source:
            return False
        target.append(self.sheet)
        self.sheet = source.pop()
        return True
