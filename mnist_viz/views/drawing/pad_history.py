"""Undo and redo of the pad."""

from mnist_viz.recording.drawing import Drawing

EMPTY = Drawing()

MOST = 100
"""The most steps back that are kept: each may hold a photo."""


class History:
    """The drawings before and after the one that is shown."""

    def __init__(self) -> None:
        self.drawing = EMPTY
        self._past: list[Drawing] = []
        self._future: list[Drawing] = []

    def can_undo(self) -> bool:
        return bool(self._past)

    def can_redo(self) -> bool:
        return bool(self._future)

    def change(self, drawing: Drawing, before: Drawing | None = None, *, replace: bool = False) -> None:
        """Show `drawing`.

        Args:
            before: what undo brings back; None for the one that is shown now.
            replace: undo brings back what was there before the one that is shown now.
        """
        if not replace:
            self._past = [*self._past[1 - MOST :], before if before is not None else self.drawing]
        self._future.clear()
        self.drawing = drawing

    def undo(self) -> bool:
        return self._turn(self._past, self._future)

    def redo(self) -> bool:
        return self._turn(self._future, self._past)

    def _turn(self, source: list[Drawing], target: list[Drawing]) -> bool:
        if not source:
            return False
        target.append(self.drawing)
        self.drawing = source.pop()
        return True
