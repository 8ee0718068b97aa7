"""Steps are undone and done again in order; one that is not possible any more leaves."""

import sys
from collections.abc import Iterator

import pytest
from PySide6.QtGui import QUndoStack
from pytestqt.qtbot import QtBot

from mnist_viz.views import undo_stack
from mnist_viz.views.undo_stack import Step, UndoStack


class Work:
    """Something that steps change: what was done, and whether that is possible now."""

    def __init__(self, stack: UndoStack) -> None:
        self.stack, self.done = stack, list[str]()
        self.possible = True

    def step(self, name: str, nbytes: int = 0) -> Step:
        self.done.append(name)

        def undo() -> bool:
            if self.possible:
                self.done.remove(name)
            return self.possible

        def redo() -> bool:
            if self.possible:
                self.done.append(name)
            return self.possible

        return self.stack.note(name, undo, redo, nbytes)


@pytest.fixture
def work(qtbot: QtBot) -> Iterator[Work]:
    stack = UndoStack()
    yield Work(stack)
    stack.deleteLater()


def offered(stack: QUndoStack) -> tuple[str, str]:
    return stack.undoText(), stack.redoText()


def test_what_was_done_is_not_done_twice_and_goes_back_and_forth(work: Work) -> None:
    work.step("a")
    work.step("b")
    assert work.done == ["a", "b"]
    work.stack.undo()
    assert (work.done, offered(work.stack)) == (["a"], ("a", "b"))
    work.stack.redo()
    assert (work.done, offered(work.stack)) == (["a", "b"], ("b", ""))


def test_what_cannot_be_undone_any_more_leaves(work: Work) -> None:
    work.step("a")
    work.step("b")
    work.possible = False
    work.stack.undo()
    assert offered(work.stack) == ("a", "")
    assert work.stack.count() == 1


def test_what_cannot_be_done_again_now_stays_to_be_done_again(work: Work) -> None:
    work.step("a")
    work.stack.undo()
    work.possible = False
    work.stack.redo()
    assert (work.done, offered(work.stack)) == ([], ("", "a"))
    work.possible = True
    work.stack.redo()
    assert (work.done, offered(work.stack)) == (["a"], ("a", ""))


def test_steps_are_taken_back_out_of_turn_and_the_last_one_can_be_done_again(work: Work) -> None:
    first, _second = work.step("a"), work.step("b")
    work.stack.take_back(first)
    assert work.done == ["b"]
    work.stack.take_back(first)  # it was already
    work.stack.undo()
    assert (work.done, offered(work.stack)) == ([], ("", "b"))
    work.stack.take_back(work.step("c"))
    assert (work.done, offered(work.stack)) == ([], ("", "c"))


def test_one_that_is_too_old_for_the_stack_can_still_be_taken_back(work: Work) -> None:
    first = work.step("a")
    for number in range(undo_stack.MOST):
        work.step(str(number))
    assert work.stack.count() == undo_stack.MOST
    work.stack.take_back(first)
    assert "a" not in work.done


def test_the_oldest_that_hold_most_are_given_up(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(undo_stack, "MOST_BYTES", 10)
    for name, nbytes in (("a", 6), ("light", 0), ("b", 5), ("c", 5)):
        work.step(name, nbytes)
    for _ in range(4):
        work.stack.undo()
    assert work.done == ["a"]
    assert not work.stack.canUndo()


def test_a_step_that_raises_is_reported_and_leaves(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    reported: list[type] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, *_: reported.append(kind))
    work.step("a")

    def fail() -> None:
        raise IndexError("no such run")

    work.stack.note("b", fail, fail)
    work.stack.undo()
    assert (reported, offered(work.stack)) == ([IndexError], ("a", ""))
    work.stack.undo()
    assert work.done == []
