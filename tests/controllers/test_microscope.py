"""The panels of the menu "Look closer": made when they are first seen, and answered for the moment shown."""

import threading
from collections.abc import Iterator, Mapping
from typing import ClassVar

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QToolButton, QWidget

import mnist_viz.app
from mnist_viz.analysis.subject import NO_NEURON, Question, Subject
from mnist_viz.data.progress import Watch
from mnist_viz.views.questions.panel import QuestionPanel
from tests.controllers.conftest import Program

go_on = threading.Event()


def step_of(subject: Subject, choice: object, watch: Watch) -> tuple[int, object]:
    return subject.step, choice


def neuron_of(subject: Subject, choice: object, watch: Watch) -> tuple[int, int]:
    return subject.wanted_neuron()


def slowly(subject: Subject, choice: object, watch: Watch) -> int:
    while not go_on.wait(0.001):
        watch.at("counting", 0.5)
    return len(subject.wanted_examples())


class Asking(QuestionPanel):
    key = "asking"
    title = "Asking"
    sentence = "What is shown"
    questions: ClassVar[Mapping[str, Question]] = {
        "step": Question(step_of, frozenset({"network", "choice"}), quick=True)
    }

    def make_content(self) -> QWidget:
        self.answers: dict[str, list[object]] = {}
        self.chosen = 0
        return QLabel()

    def choice(self) -> int:
        return self.chosen

    def set_answer(self, name: str, answer: object) -> None:
        self.answers.setdefault(name, []).append(answer)


class AskingOfNeurons(Asking):
    key = "neurons"
    title = "Neurons"
    questions: ClassVar[Mapping[str, Question]] = {"neuron": Question(neuron_of, frozenset({"neuron"}))}


class AskingTwice(Asking):
    """The second question is on another page."""

    key = "twice"
    title = "Twice"
    questions: ClassVar[Mapping[str, Question]] = {**Asking.questions, **AskingOfNeurons.questions}

    def make_content(self) -> QWidget:
        self.problems: dict[str, str] = {}
        return super().make_content()

    def wanted(self) -> tuple[str, ...]:
        return ("step", "neuron")[: self.chosen + 1]

    def set_problem(self, name: str, sentence: str) -> None:
        self.problems[name] = sentence


class AskingBoth(Asking):
    key = "both"
    title = "Both"
    questions: ClassVar[Mapping[str, Question]] = {**AskingOfNeurons.questions, **Asking.questions}


class AskingInTurn(Asking):
    key = "turn"
    title = "In turn"
    questions: ClassVar[Mapping[str, Question]] = {
        "slow": Question(step_of, frozenset({"network", "choice"})),
        "quick": Question(step_of, frozenset({"network", "choice"}), quick=True),
    }


def first_asked(subject: Subject, choice: object, watch: Watch) -> list[object]:
    return [moment.known.setdefault("first asked", choice) for moment in subject.wanted_moments()]


class AskingOfMoments(Asking):
    key = "moments"
    title = "Moments"
    questions: ClassVar[Mapping[str, Question]] = {"first": Question(first_asked, frozenset({"moments", "choice"}))}


class AskingSlowly(Asking):
    key = "slowly"
    title = "Slowly"
    questions: ClassVar[Mapping[str, Question]] = {"count": Question(slowly, frozenset({"examples", "choice"}))}


@pytest.fixture
def panels(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    kinds = (Asking, AskingOfNeurons, AskingTwice, AskingSlowly, AskingBoth, AskingInTurn, AskingOfMoments)
    monkeypatch.setattr(mnist_viz.app, "PANELS", kinds)
    go_on.clear()
    yield
    go_on.set()


def opened(program: Program, kind: type[Asking]) -> Asking:
    program.app.window.docks[kind.key].show_action.trigger()
    program.until(lambda: kind.key in program.app.microscope.panels)
    panel = program.app.microscope.panels[kind.key]
    assert isinstance(panel, Asking)
    return panel


CTRL_ALT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier

pytestmark = pytest.mark.usefixtures("panels")


def test_a_panel_is_made_when_it_is_first_opened_and_its_answer_follows_the_moment_and_its_choice(
    program: Program,
) -> None:
    dock = program.app.window.docks["asking"]
    assert dock.isHidden()
    assert not program.app.microscope.panels
    told: list[tuple[object, ...]] = []  # panel, question, answer, frame
    program.app.microscope.answered.connect(lambda *what: told.append(what))
    panel = opened(program, Asking)
    assert panel.isVisible()
    program.until(lambda: told == [("asking", "step", (0, 0), program.first)])
    for _ in range(3):
        program.app.session.state_changed.emit()
        program.app.tick()
    assert panel.answers == {"step": [(0, 0)]}  # nothing is asked twice
    panel.chosen = 7
    panel.choice_changed.emit()
    program.until(lambda: panel.answers["step"][-1] == (0, 7))
    program.app.session.step_batch()
    program.until(lambda: panel.answers["step"][-1] == (1, 7))
    program.rest()
    program.session.go_to(0)
    program.until(lambda: panel.answers["step"][-1] == (0, 7))
    assert told[-1] == ("asking", "step", (0, 7), program.first)
    assert program.session.shown is program.first

    state = program.app.window.arrangement.save()
    program.app.window.arrangement.restore_default()
    assert dock.isHidden()
    assert program.app.window.arrangement.restore(state)
    assert not dock.isHidden()
    QTest.keyClick(program.app.window, Qt.Key.Key_2, CTRL_ALT)  # each has a key
    program.until(lambda: "neurons" in program.app.microscope.panels)


def test_quick_answers_come_first_and_the_others_also_while_the_choice_changes_all_the_time(
    program: Program,
) -> None:
    panel, told = opened(program, AskingInTurn), list[str]()
    program.until(lambda: program.app.microscope.settled)
    program.app.microscope.answered.connect(lambda _key, name, *_: told.append(name))
    panel.chosen = 7
    panel.choice_changed.emit()
    program.until(lambda: bool(told) and program.app.microscope.settled)
    assert told == ["quick", "slow"]

    def dragged() -> bool:
        panel.chosen += 1
        panel.choice_changed.emit()
        return len(panel.answers["slow"]) > 4

    program.until(dragged)


def test_what_is_known_of_a_moment_is_kept_with_it_and_what_takes_long_can_be_stopped(program: Program) -> None:
    panel = opened(program, AskingOfMoments)
    program.until(lambda: panel.answers.get("first") == [[0]])
    panel.chosen = 1
    program.train(1)
    program.until(lambda: panel.answers["first"][-1] == [0, 1])

    slow = opened(program, AskingSlowly)
    stop = slow.findChild(QToolButton, "slowly-stop")
    assert isinstance(stop, QToolButton)
    program.until(stop.isVisible)
    stop.click()
    program.until(lambda: not stop.isVisible())
    assert slow.answers == {}
    go_on.set()
    slow.chosen = 1
    slow.choice_changed.emit()
    program.until(lambda: slow.answers.get("count") == [20])


def test_only_what_can_be_seen_is_asked_and_a_sentence_says_what_to_do_for_an_answer(program: Program) -> None:
    panel = opened(program, AskingTwice)
    assert isinstance(panel, AskingTwice)
    panel.choice_changed.emit()
    program.until(lambda: "step" in panel.answers)
    assert panel.answers == {"step": [(0, 0)]}
    assert panel.problems == {"step": ""}
    panel.chosen = 1
    panel.choice_changed.emit()
    program.until(lambda: panel.problems.get("neuron") == NO_NEURON)
    assert panel.message == ""

    neurons, both = opened(program, AskingOfNeurons), opened(program, AskingBoth)
    program.until(lambda: both.message == NO_NEURON)
    program.session.step_batch()
    program.until(lambda: (1, 0) in both.answers.get("step", []))
    assert both.message == NO_NEURON
    program.app.display.choose(0, 3)
    program.until(lambda: both.message == "")
    program.app.window.open_panel("neurons")
    program.until(lambda: neurons.answers.get("neuron") == [(0, 3)])
    assert neurons.message == ""


def test_a_picture_that_was_worked_out_goes_to_the_pad_and_one_that_moves_is_taken_back_by_one_undo(
    program: Program,
) -> None:
    panel, pad, drawing = opened(program, Asking), program.app.draw.pad, program.app.drawing
    example, *moved = [np.full((28, 28), value, np.uint8) for value in (1, 2, 3, 4)]
    panel.picture_made.emit(example)
    assert drawing.picture is example
    assert drawing.label is None
    pad.undo()
    assert drawing.picture is None
    pad.redo()
    assert drawing.picture is example
    panel.picture_made.emit(moved[0])
    for picture in moved[1:]:
        panel.picture_moved.emit(picture)
        assert drawing.picture is picture
    pad.undo()
    assert drawing.picture is example
    pad.redo()
    assert drawing.picture is moved[-1]
    pad.clear()
    program.stroke((0.3, 0.3), (0.6, 0.6))
    panel.picture_moved.emit(example)
    assert not pad.strokes()
    pad.undo()
    assert len(pad.strokes()) == 1  # what was drawn meanwhile
