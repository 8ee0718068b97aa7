"""What was done to the work and to the layout, step by step, so that it can be undone and done again."""

import sys
from collections.abc import Callable

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QUndoCommand, QUndoStack

from mnist_viz.recording.run_words import shortened

MOST = 50
"""Steps that can be undone."""

MOST_LETTERS = 60
"""Of what a step is called."""

MOST_BYTES = 2**28
"""Bytes that the deleted runs and the data sets of all steps may hold; the oldest are given up first."""


class Step(QUndoCommand):
    """One step.

    Args:
        words: what was done, after "Undo": "delete Run 2".
        undo, redo: take it back and do it again; they return False where that is not possible any more.
        nbytes: what it holds.

    Attributes:
        done: whether it is done, and not undone.
    """

    def __init__(
        self, words: str, undo: Callable[[], object], redo: Callable[[], object], nbytes: int = 0
    ) -> None:  # fmt: skip
        super().__init__(shortened(words, MOST_LETTERS).replace("&", "&&"))  # it stands in a menu
        self._undo, self._redo = undo, redo
        self.nbytes = nbytes
        self.done: bool | None = None  # before it is in the stack, which calls `redo` of what was done just now

    def undo(self) -> None:
        if not self.take_back():
            self.setObsolete(True)

    def redo(self) -> None:
        self.done = self.done is None or _is_done(self._redo)

    def take_back(self) -> bool:
        """Undo it, if it was not yet; return whether that was possible."""
        was_done, self.done = self.done, False
        return not was_done or _is_done(self._undo)

    def give_up(self) -> None:
        """Hold nothing any more, and leave the stack when it is the next to be undone."""
        self.done, self.nbytes, self._undo, self._redo = False, 0, _nothing, _nothing
        self.setObsolete(True)


class UndoStack(QUndoStack):
    """The steps of a window. Qt's actions name the next one to be undone and done again."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setUndoLimit(MOST)
        self.indexChanged.connect(self._leave_out_undone)

    def note(
        self, words: str, undo: Callable[[], object], redo: Callable[[], object], nbytes: int = 0
    ) -> Step:  # fmt: skip
        """Add what has been done, see `Step`; what was undone cannot be done again then."""
        self.push(step := Step(words, undo, redo, nbytes))
        steps = self._steps()
        for old in steps[:-1]:
            if sum(each.nbytes for each in steps) > MOST_BYTES and old.nbytes:
                old.give_up()
        return step

    def take_back(self, step: Step) -> None:
        """Undo a step, if it was not yet. One that is not the last alone is undone, and cannot be done again."""
        if step in self._steps()[-1:]:
            self.undo()
        else:
            step.take_back()
            if step in self._steps():  # else it was too old, and Qt has deleted its half of it
                step.give_up()

    def _steps(self) -> list[Step]:
        """Those that can be undone, the last one last."""
        return [step for k in range(self.index()) if isinstance(step := self.command(k), Step)]

    @Slot()
    def _leave_out_undone(self) -> None:
        """Let go of a step that was given up, and put back before one that could not be done again."""
        while (steps := self._steps()) and not steps[-1].done:
            self.undo()


def _is_done(act: Callable[[], object]) -> bool:
    """Whether it was possible. What it raises is reported here: between Qt's calls it would come out elsewhere."""
    try:
        return act() is not False
    except Exception as error:
        sys.excepthook(type(error), error, error.__traceback__)
        return False


def _nothing() -> None:
    """What a step does that was given up."""
