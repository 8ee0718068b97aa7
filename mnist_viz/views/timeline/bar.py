"""The timeline: where in the recording the window is, the film's buttons, the track, and the way back to live."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from mnist_viz.views import icons
from mnist_viz.views.actions import Actions
from mnist_viz.views.film_bar import FilmBar
from mnist_viz.views.theme import BODY, DARK, GRID, Theme, font
from mnist_viz.views.timeline.marks import Mark
from mnist_viz.views.timeline.scale import place
from mnist_viz.views.timeline.track import TimelineTrack

HEIGHT = 7 * GRID


class TimelineBar(QFrame):
    """A label, the film's buttons, the track and the live button. Frames are told by their index."""

    cursor_requested = Signal(int)
    mark_requested = Signal(int)  # the step of a mark
    live_requested = Signal()

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("timeline-bar")
        self.setFixedHeight(HEIGHT)
        self._theme = DARK
        self._batches = 0
        self._guest = False
        self._live = True
        self._place = QLabel()
        self._place.setObjectName("place")
        self._place.setToolTip("The moment of the training that the window shows")
        self._place.setFont(font(BODY, font().Weight.Medium))
        self._past = QLabel()
        self._past.setObjectName("past")
        for label, height, role in ((self._place, 20, "title"), (self._past, 16, "caption")):
            label.setFixedSize(19 * GRID, height)  # every text fits, and none lays the bar out anew
            label.setProperty("role", role)
        self.film = FilmBar(actions)
        self.track = TimelineTrack()
        self.live_button = QToolButton()
        self.live_button.setObjectName("live-button")
        self.live_button.setText("Live")
        self.live_button.setAccessibleName("Follow the training")
        self.live_button.setCheckable(True)
        self.live_button.setProperty("kind", "live")
        self.live_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.live_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.live_button.setFixedSize(9 * GRID, 4 * GRID)
        texts = QVBoxLayout()
        texts.setSpacing(0)
        texts.addStretch()
        texts.addWidget(self._place)
        texts.addWidget(self._past)
        texts.addStretch()
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * GRID, 0, 2 * GRID, 0)
        row.setSpacing(GRID)
        row.addLayout(texts)
        row.addWidget(self.film)
        row.addWidget(self.track, 1)
        row.addWidget(self.live_button)
        self.live_button.clicked.connect(self._on_live_clicked)
        self.track.cursor_requested.connect(self.cursor_requested)
        self.track.mark_requested.connect(self.mark_requested)
        self._show_live()

    def set_frames(
        self,
        epochs: NDArray[np.floating],
        ends: NDArray[np.bool_],
        extent: float,
        batches: NDArray[np.integer] | None = None,
    ) -> None:
        """Show the recorded frames.

        Args:
            epochs: (n,) where each frame is, in epochs, ascending; 0 is before any training.
            ends: (n,) whether a frame ends an epoch.
            extent: how many epochs the whole run has.
            batches: (n,) of the epoch that each frame is in or ends, to name what is under the mouse; 0 leaves it out.
        """
        had = self.track.position is not None
        self.track.set_frames(epochs, ends, extent, batches)
        self._show_place()
        if had != (self.track.position is not None):
            self._show_live()

    def set_marks(self, marks: Sequence[Mark]) -> None:
        """Show what happened to the run, and where others left it."""
        self.track.set_marks(marks)

    def set_cursor(self, index: int, live: bool, epoch: float | None = None, batches_per_epoch: int = 0) -> None:
        """Put the handle on a frame.

        Args:
            index: of the frame.
            live: whether the cursor follows the newest moment.
            epoch: the place of what is shown, where that lies between recorded frames.
            batches_per_epoch: to name the batch beside the track; 0 leaves it out.
        """
        self._batches = batches_per_epoch
        changed, self._live = live != self._live, live
        self.track.set_cursor(index, epoch, live)
        self._show_place()
        if changed:
            self._show_live()

    def set_guest(self, guest: bool) -> None:
        """Whether what is shown is a model from a file, which has no place on the track."""
        if guest != self._guest:
            self._guest = guest
            self.track.set_guest(guest)
            self._show_place()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.track.set_theme(theme)
        self._show_live()

    @property
    def text(self) -> str:
        """What the label says, such as "Epoch 3 · batch 120"."""
        return self._place.text()

    @property
    def past_text(self) -> str:
        """Whether that is the past, and how far back: "Past: 2.5 epochs back"."""
        return self._past.text()

    def _show_place(self) -> None:
        position = self.track.position
        said, past = "Nothing recorded", ""
        if self._guest:
            said, past = "A finished network", "Not of this run"
        elif position is not None:
            said = place(position, self._batches)
            past = "The newest moment" if self._live else _distance(self.track.newest - position, self._batches)
        self._place.setText(said)
        self._past.setText(past)

    def _show_live(self) -> None:
        self._show_place()
        has_frames = self.track.position is not None
        self.live_button.setEnabled(has_frames)
        self.live_button.setChecked(self._live and has_frames)
        dot = self._theme.good if self._live else self._theme.muted
        self.live_button.setIcon(icons.icon("live", dot, self._theme.border))
        self.live_button.setToolTip(
            "The newest frame is shown (End)" if self._live else "Go to the newest frame and follow it (End)"
        )

    @Slot()
    def _on_live_clicked(self) -> None:
        # Who is live stays live by pressing: only going to the past ends it.
        self.live_button.setChecked(self._live)
        self.live_requested.emit()


def _distance(epochs: float, batches_per_epoch: int) -> str:
    """How far in the past that is, in words."""
    batches = round(epochs * batches_per_epoch)
    if epochs <= 0 or (batches_per_epoch and not batches):
        return "Past: not following"
    if epochs < 1 and batches:
        return f"Past: {batches:,} {'batch' if batches == 1 else 'batches'} back"
    size = f"{epochs:,.1f}".removesuffix(".0")
    return f"Past: {size} {'epoch' if size == '1' else 'epochs'} back"
