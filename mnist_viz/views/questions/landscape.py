"""The panel that shows the loss around the path of the training, and on the line between two networks."""

from collections.abc import Collection, Mapping
from typing import ClassVar

import numpy as np
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from mnist_viz.analysis.landscape import Ends, Landscape, LossLine, coarse_landscape, ends, landscape, loss_line
from mnist_viz.analysis.layer_report import last_before
from mnist_viz.analysis.subject import Question
from mnist_viz.views.elided_label import FittingLabel
from mnist_viz.views.message import MessageStack
from mnist_viz.views.number_text import format_number, format_percent, format_value
from mnist_viz.views.plots.path_figure import PathFigure
from mnist_viz.views.plots.series_figure import Series, SeriesFigure
from mnist_viz.views.questions.panel import QuestionPanel
from mnist_viz.views.theme import GRID
from mnist_viz.views.widgets import Choice, HiddenWhenSmall, column, label, pages, row, tab_bar

_PAGES = {
    "Plane": "The loss on the plane that holds most of the path",
    "Off the plane": "How far the path leaves that plane",
    "Line": "Loss and accuracy between two networks",
}
_LINE = 2  # the number of its page
_MOMENTS = frozenset({"moments", "examples"})
_LEAST_BARRIER = 0.005  # nats
_ROOM_FOR_HINT = 300  # pixels of the panel's height
_HINT = "Point at a place to read its loss, click a point to go to that moment"


class LandscapePanel(QuestionPanel):
    """The plane of the path, how far the path leaves it, and the line between two networks."""

    key = "landscape"
    title = "Loss landscape"
    sentence = "The way of the training through the loss: each point is a recorded moment, the large one is shown"
    questions: ClassVar[Mapping[str, Question]] = {
        "ends": Question(ends, frozenset({"network", "moments", "others"}), quick=True),
        "coarse": Question(coarse_landscape, _MOMENTS),
        "plane": Question(landscape, _MOMENTS),
        "line": Question(loss_line, frozenset({"network", "moments", "others", "examples", "choice"})),
    }

    def make_content(self) -> QWidget:
        self._ends: Ends | None = None
        self._found: Landscape | None = None
        self._chosen = "first", "shown"
        self.tabs = tab_bar("landscape-pages", "What is shown", _PAGES)
        distance = "landscape-distance", "Distance of each moment from the plane"
        self.distance = SeriesFigure(*distance, (format_number,), "batches trained")
        self.distance.chosen.connect(self._on_moment_clicked)
        self.pages = [MessageStack(each) for each in (self._make_plane(), self.distance, self._make_line())]
        on_plane, on_line = self.pages[:_LINE], self.pages[_LINE:]
        self.places = {"ends": (), "coarse": on_plane, "plane": on_plane, "line": on_line}
        self.shows = {
            "ends": self._show_ends, "coarse": self._show_plane, "plane": self._show_plane, "line": self._show_line
        }  # fmt: skip
        stack, content = pages(self.tabs, *self.pages), QWidget()
        self.tabs.currentChanged.connect(self.choice_changed)
        for words in (self.pointed, self.line_words):
            HiddenWhenSmall(words, self, height=_ROOM_FOR_HINT)
        column(self.tabs, (stack, 1), spacing=GRID // 2, parent=content)
        return content

    def _make_plane(self) -> QWidget:
        self.words, self.pointed = FittingLabel("muted"), FittingLabel("muted")
        self.pointed.set_texts(_HINT)
        self.plane = PathFigure()
        self.plane.hovered.connect(self._on_hovered)
        self.plane.moment_clicked.connect(self._on_moment_clicked)
        page = QWidget()
        column(self.words, (self.plane, 1), self.pointed, spacing=GRID // 2, parent=page)
        return page

    def _make_line(self) -> QWidget:
        self.ends = (
            Choice("landscape-from", "From", "The network at the left end of the line"),
            Choice("landscape-to", "To", "The network at the right end of the line"),
        )
        for choice in self.ends:
            choice.setMinimumContentsLength(8)
            choice.activated.connect(self._on_end_activated)
        self.curves = SeriesFigure(
            "landscape-line", "Loss and accuracy on the line", (format_number, format_percent),
            "share of the way",
        )  # fmt: skip
        self.line_words = FittingLabel("muted")
        page = QWidget()
        chosen = row(label("From", "muted"), (self.ends[0], 1), label("to", "muted"), (self.ends[1], 1))
        column(chosen, self.line_words, (self.curves, 1), spacing=GRID // 2, parent=page)
        return page

    def wanted(self) -> Collection[str]:
        if self.tabs.currentIndex() == _LINE:
            return ("ends", "line")
        return ("ends", "coarse" if self._found is None else "plane")

    def choice(self) -> tuple[str, str]:
        """The keys of both ends of the line."""
        return self._chosen

    @property
    def said(self) -> str:
        """What the page says of its figure, or why there is none."""
        page = self.tabs.currentIndex()
        words = self.words.texts, self.distance.captions, self.line_words.texts
        return self.pages[page].message or "".join(words[page][:1])

    def _show_ends(self, found: Ends) -> None:
        self._ends = found
        for choice, chosen in zip(self.ends, self._chosen, strict=True):
            choice.offer(dict(found.choices))
            choice.choose(chosen)
        if self._found is not None and self._found.path.origin is not found.origin:  # another run
            self._found = None
            nothing = np.zeros(0)
            self.plane.set_losses(None, nothing, nothing, np.zeros((0, 2)))
            self.choice_changed.emit()
        self._show_moment()

    def _show_plane(self, found: Landscape) -> None:
        first, self._found = self._found is None, found
        path = found.path
        share, most = sum(path.shares), float(path.off_plane.max())
        moments = f"{len(path.steps):,} moments" if len(path.steps) == path.recorded else (
            f"{len(path.steps):,} of {path.recorded:,} moments"
        )  # fmt: skip
        both = f"{path.shares[0]:.0%} and {path.shares[1]:.0%}"
        self.words.set_texts(
            f"The plane holds {share:.1%} of the path ({both}) · {moments} · loss over {found.pictures:,} {found.noun}",
            f"{share:.1%} of the path · {moments} · {found.pictures:,} {found.noun}",
            f"{share:.1%} of the path",
        )
        self.words.setToolTip(self.words.texts[0])
        self.plane.set_losses(found.losses, found.x, found.y, path.points)
        far = f"up to {format_value(most)}, {most / float(path.distances.max()):.0%} of the way to the last moment"
        self.distance.set_series(path.steps, [[Series(path.off_plane)]], [f"Distance from the plane: {far}"])
        self._show_moment()
        if first:
            self.choice_changed.emit()  # now the fine one is wanted

    def _show_moment(self) -> None:
        if self._found is None or self._ends is None:
            return
        step = self._ends.step
        self.plane.set_shown(last_before(self._found.path.steps, step))
        self.distance.set_cursor(float(step))

    def _show_line(self, found: LossLine) -> None:
        rise = found.barrier
        barrier = "no barrier" if rise < _LEAST_BARRIER else f"a barrier of {format_value(rise)}"
        barrier = barrier if np.isfinite(rise) else "no number"
        a, b = found.names
        self.line_words.set_texts(
            f"From {a} to {b}: {barrier} in the loss over {found.pictures:,} {found.noun}, distance "
            f"{format_value(found.distance)}",
            f"{barrier.capitalize()}, distance {format_value(found.distance)}",
        )
        ends = " → ".join(format_value(float(found.losses[k])) for k in (0, -1))
        accuracies = " → ".join(f"{found.accuracies[k]:.1%}" for k in (0, -1))
        self.curves.set_series(
            found.shares,
            [[Series(found.losses)], [Series(found.accuracies)]],
            [f"Loss: {ends}", f"Accuracy: {accuracies}"],
        )

    # What the user does

    @Slot(int)
    def _on_end_activated(self, _index: int) -> None:
        a, b = (
            choice.currentData() or chosen for choice, chosen in zip(self.ends, self._chosen, strict=True)
        )  # fmt: skip
        self._chosen = a, b
        self.choice_changed.emit()

    @Slot(int, int)
    def _on_hovered(self, row: int, column: int) -> None:
        found = self._found
        if found is None or row < 0:
            self.pointed.set_texts(_HINT)
            return
        loss = float(found.losses[row, column])
        self.pointed.set_texts(f"Loss {format_value(loss)} here" if np.isfinite(loss) else "Here the loss is no number")

    @Slot(int)
    def _on_moment_clicked(self, number: int) -> None:
        if self._found is not None:
            self.moment_chosen.emit(int(self._found.path.steps[number]))
