"""The panel that says why the network reads this digit and not another."""

from collections.abc import Collection, Mapping
from typing import ClassVar

import numpy as np
from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from mnist_viz.analysis.attribution import attribute
from mnist_viz.analysis.contrast import Bytes, ReadPicture, WhyChoice, read_picture
from mnist_viz.analysis.counterfactual import least_change
from mnist_viz.analysis.nudge import accuracy_by_size, nudge
from mnist_viz.analysis.subject import Question
from mnist_viz.views import zoom
from mnist_viz.views.elided_label import FittingLabel
from mnist_viz.views.message import MessageStack
from mnist_viz.views.probabilities import ProbabilityBars
from mnist_viz.views.questions.panel import QuestionPanel
from mnist_viz.views.questions.why_pages import ChangeView, NudgeView, PixelMaps
from mnist_viz.views.theme import GRID
from mnist_viz.views.widgets import OwnKeys, column, pages, row, tab_bar

_STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
_PAGES = {"Pixels": ("pixels",), "Least change": ("change",), "Nudge": ("nudge", "accuracy")}
_TIPS = (
    "How much each pixel speaks for the answer against the class that is chosen",
    "The least ink to add and remove until it is read as the class that is chosen",
    "A small change of every pixel against the network, and at random",
)
_STEP_MS, _MOST_STEPS = 120, 25  # of a change that is played on the pad
_PICTURE = frozenset({"network", "picture", "choice"})
_ROOM_FOR_CHOOSER = 400  # units of width; in less there are the classes only where one is to be chosen


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


class WhyPanel(QuestionPanel):
    """The answer to the picture on the pad against another class: pixel by pixel, and what would change it."""

    key = "why"
    title = "Why this digit"
    sentence = "Why the picture on the pad is read so, and not as the class that you click"
    questions: ClassVar[Mapping[str, Question]] = {
        "read": Question(read_picture, _PICTURE, quick=True),
        "pixels": Question(attribute, _PICTURE),
        "change": Question(least_change, _PICTURE),
        "nudge": Question(nudge, _PICTURE, quick=True),
        "accuracy": Question(accuracy_by_size, frozenset({"network", "examples"})),
    }

    def make_content(self) -> QWidget:
        self._clicked: int | None = None
        self._usual: int | None = None  # the runner-up when the picture came: it stays while training goes on
        self._read: ReadPicture | None = None
        self._start: Bytes | None = None  # the picture of which one that was made here is on the pad
        self._made: Bytes | None = None
        self._to_come: list[Bytes] = []  # of a change that is being played
        self._timer = QTimer(self)
        self._timer.setInterval(_STEP_MS)
        self._timer.timeout.connect(self._play_on)
        self.heading = FittingLabel("title")
        self.chooser = ClassChooser("why-classes", "The class to compare with")
        self.chooser.class_chosen.connect(self._on_class_chosen)
        self.tabs = tab_bar("why-pages", "What is asked", dict(zip(_PAGES, _TIPS, strict=True)))
        self.pixels, self.change, self.nudge = PixelMaps(), ChangeView(), NudgeView()
        self.change.play_requested.connect(self._on_play_requested)
        self.nudge.size_changed.connect(self.choice_changed)
        self.nudge.pad_requested.connect(self._on_pad_requested)
        views = self.pixels, self.change, self.nudge
        self.pages = {page: MessageStack(view) for page, view in zip(_PAGES, views, strict=True)}
        self.places = {name: (self.pages[page],) for page, names in _PAGES.items() for name in names}
        self.shows = {
            "read": self._show_reading, "pixels": self.pixels.set_attribution, "change": self.change.set_change,
            "nudge": self.nudge.set_nudge, "accuracy": self.nudge.set_accuracy,
        }  # fmt: skip
        stack, content = pages(self.tabs, *self.pages.values()), QWidget()
        for slot in (self._stop_playing, self._share_room, self.choice_changed):
            self.tabs.currentChanged.connect(slot)
        both = row((self.chooser, 2), (stack, 7), spacing=2 * GRID)
        column(self.heading, self.tabs, (both, 1), spacing=GRID // 2, parent=content)
        return content

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_room()

    def wanted(self) -> Collection[str]:
        asked = _PAGES[self._page]
        # While a change is played, its question would be about a picture on the way.
        return ("read", *(name for name in asked if name != "change" or not self._to_come))

    def choice(self) -> WhyChoice:
        rival = self._clicked if self._clicked is not None else self._usual
        return WhyChoice(rival, self.nudge.size_of_nudge, self._start, self._made)

    @property
    def _page(self) -> str:
        return self.tabs.tabText(self.tabs.currentIndex())

    @Slot()
    def _share_room(self) -> None:
        """A narrow panel has the classes only where one is to be chosen."""
        self.chooser.setVisible(zoom.units(self.width()) >= _ROOM_FOR_CHOOSER or self._page != "Nudge")

    def _show_reading(self, read: ReadPicture) -> None:
        found, before, self._read = read.found, self._read, read
        if before is None or found.names != before.found.names:
            self._clicked = None
            self.chooser.set_class_names(found.names)
        if read.picture is not self._made:
            self._stop_playing()
            self._start = self._made = None
            if before is None or read.picture is not before.picture:
                self._take_usual(int(np.argsort(-found.logits, kind="stable")[1]))
        self.chooser.set_probabilities(found.probabilities)
        self.chooser.set_framed("chosen", found.rival)
        answer, rival = found.answer_name, found.rival_name
        self.heading.set_texts(
            f"Read as {answer} ({found.certainty:.1%}). Why not as {rival} ({found.probabilities[found.rival]:.1%})?",
            f"Why {answer} and not {rival}?",
        )

    def _take_usual(self, rival: int) -> None:
        before, self._usual = self._usual, rival
        if self._clicked is None and before != rival:
            self.choice_changed.emit()

    def _put(self, start: Bytes, made: Bytes) -> None:
        """Put a picture that was made of `start` on the pad; those that follow each other are one undo."""
        follows = self._made is not None and self._start is start
        self._start, self._made = start, made
        (self.picture_moved if follows else self.picture_made).emit(made)

    @Slot()
    def _stop_playing(self) -> None:
        if self._timer.isActive():
            self._timer.stop()
            self._to_come = []
            self.change.set_playing(False)
            self.choice_changed.emit()

    @Slot()
    def _on_play_requested(self) -> None:
        if self._to_come:
            self._stop_playing()
        elif self.change.found is not None:
            pictures = self.change.found.pictures
            last = len(pictures) - 1
            steps = np.linspace(0, last, min(last, _MOST_STEPS) + 1).round().astype(int)
            self._to_come = [pictures[k] for k in steps.tolist()]
            self.change.set_playing(True)
            self._timer.start()
            self._play_on()

    @Slot()
    def _play_on(self) -> None:
        if self.change.found is not None and self._to_come:
            self._put(self.change.found.pictures[0], self._to_come.pop(0))
        if not self._to_come:
            self._stop_playing()

    @Slot(int)
    def _on_class_chosen(self, k: int) -> None:
        self._clicked = k
        self._stop_playing()
        self.choice_changed.emit()

    @Slot()
    def _on_pad_requested(self) -> None:
        if self.nudge.found is not None:
            self._put(*self.nudge.found.pictures[:2])
