"""The timeline bar: the name of the shown moment, the film's buttons, the track and the live button."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QLabel, QWidget

from mnist_viz.views import icons
from mnist_viz.views.actions import Actions
from mnist_viz.views.film_bar import FilmBar
from mnist_viz.views.theme import BODY, DARK, GRID, Theme
from mnist_viz.views.timeline.scale import moment_name
from mnist_viz.views.timeline.track import TimelineTrack
from mnist_viz.views.widgets import column, row, set_font, set_look, tool_button

HEIGHT = 7 * GRID


class TimelineBar(QFrame):
    """Shows where in the recording the window is."""

    live_requested = Signal()

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("timeline-bar")
        self.setFixedHeight(HEIGHT)
        self._theme = DARK
        self._live, self._guest = True, False
        self._place, self._past = QLabel("Nothing recorded"), QLabel()
        self._place.setToolTip("The moment of the training that the window shows")
        set_font(self._place, BODY, QFont.Weight.Medium)
        for label, name, height, role in ((self._place, "place", 20, "title"), (self._past, "past", 16, "caption")):
            label.setObjectName(name)
            label.setFixedSize(19 * GRID, height)  # room for every text, so that none changes the layout
            label.setProperty("role", role)
        self.film = FilmBar(actions)
        self.track = TimelineTrack()
        self.live_button = tool_button("live-button", "Live", kind="live", title="Follow the training")
        self.live_button.setCheckable(True)
        self.live_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.live_button.setFixedSize(11 * GRID, 4 * GRID)
        texts = column(None, self._place, self._past, None, spacing=0)
        row(texts, self.film, (self.track, 1), self.live_button, margins=(2 * GRID, 1, 2 * GRID, 1), parent=self)
        self.live_button.clicked.connect(self._on_live_clicked)
        self._show_live()

    def set_cursor(
        self, index: int, live: bool, epoch: float | None = None, batches_per_epoch: int = 0, *, guest: bool = False
    ) -> None:
        """Move the cursor to one of the track's frames.

        Args:
            index: of the frame.
            live: whether the cursor follows the newest frame.
            epoch: the shown moment, if it lies between recorded frames.
            batches_per_epoch: to name the batch; 0 leaves it out.
            guest: whether a model from a file is shown, which has no place on the track.
        """
        changed = (live, guest) != (self._live, self._guest)
        self._live, self._guest = live, guest
        self.track.set_cursor(index, epoch, live, guest=guest)
        position = self.track.position
        name, past = "Nothing recorded", ""
        if guest:
            name, past = "A finished network", "Play trains another one"
        elif position is not None:
            name = moment_name(position, batches_per_epoch)
            past = "The newest moment" if live else _distance(self.track.newest - position, batches_per_epoch)
        self._place.setText(name)
        self._past.setText(past)
        if changed or self.live_button.isEnabled() != (position is not None):
            self._show_live()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._show_live()

    @property
    def text(self) -> str:
        """The name of the shown moment, such as "Epoch 3 · batch 120"."""
        return self._place.text()

    @property
    def past_text(self) -> str:
        """How far in the past that is: "Past: 2.5 epochs back"."""
        return self._past.text()

    def _show_live(self) -> None:
        has_frames = self.track.position is not None
        self.live_button.setEnabled(has_frames)
        self.live_button.setChecked(self._live and has_frames)
        self.live_button.setText("Live" if self._live else "Go live")
        # The past must not be taken for the present: the bar has another frame, and the text the same colour.
        for widget in (self, self._past, self.live_button):
            set_look(widget, past=has_frames and not self._live and not self._guest)
        dot = self._theme.good if self._live else self._theme.muted
        self.live_button.setIcon(icons.icon("live", dot, self._theme.border))
        self.live_button.setToolTip(
            "The newest frame is shown (End)" if self._live else "Go to the newest frame and follow it (End)"
        )

    @Slot()
    def _on_live_clicked(self) -> None:
        self.live_button.setChecked(self._live)  # a click does not end live: only moving to the past does
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
