"""A small change of every pixel against the network, beside one at random, with the accuracy against its size."""

import numpy as np
from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from mnist_viz.analysis.nudge import SIZES, AccuracyBySize, Nudge
from mnist_viz.views import zoom
from mnist_viz.views.number_text import format_number, format_percent
from mnist_viz.views.plots.series_figure import Series, SeriesFigure, all_shares
from mnist_viz.views.questions.picture_row import PictureRow
from mnist_viz.views.theme import GRID
from mnist_viz.views.widgets import Slider, column, label, push_button, row

_STEPS_A_UNIT = 100  # of the slider, in full ink
_ROOM_FOR_PLOT, _ROOM_FOR_FIGURES = 220, 300  # units of height and of width
_WHATS = "As it is", "Against the network", "At random"


class NudgeView(QWidget):
    """Three pictures with what is read in them, a slider for the size, and a plot."""

    size_changed = Signal()
    pad_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.found: Nudge | None = None
        self.pictures = PictureRow()
        tip = "By how much of full ink every pixel changes"
        self.slider = Slider("nudge-size", "Size of the nudge", tip, round(_STEPS_A_UNIT * SIZES[-1]))
        self.slider.setValue(_STEPS_A_UNIT // 10)
        self.slider.valueChanged.connect(self._on_moved)
        self._size = label(role="muted")
        tip = "Put the picture that is nudged against the network on the pad"
        self.pad_button = push_button("nudge-to-pad", "To the pad", tip)
        self.pad_button.clicked.connect(self.pad_requested)
        self.accuracy = SeriesFigure(
            "nudge-accuracy", "Accuracy against the size of the nudge", (format_percent,),
            "change of each pixel, as a share of full ink", format_number, all_shares,
        )  # fmt: skip
        self.accuracy.place_chosen.connect(self._on_size_chosen)
        sizes = row(label("Size", "muted"), (self.slider, 1), self._size, self.pad_button)
        column((self.pictures, 3), sizes, (self.accuracy, 4), None, spacing=GRID // 2, parent=self)
        self.set_accuracy(None)
        self._show_size()

    @property
    def size_of_nudge(self) -> float:
        """The share of full ink by which every pixel changes."""
        return self.slider.value() / _STEPS_A_UNIT

    def set_nudge(self, found: Nudge) -> None:
        self.found = found
        captions = [
            f"{what}\n{read.answer_name} · {read.certainty:.1%}"
            for what, read in zip(_WHATS, found.readings, strict=True)
        ]
        self.pictures.set_pictures(found.pictures, captions)

    def set_accuracy(self, found: AccuracyBySize | None) -> None:
        """Show how the accuracy falls; None where there are no pictures."""
        self.accuracy.set_note("" if found is not None else "No validation pictures that this network reads")
        if found is None:
            self.accuracy.set_series(np.array(SIZES), [[]])
            return
        self.accuracy.set_series(
            np.array(SIZES), [[Series(found.random, "muted"), Series(found.against, "validation")]],
            [f"<span style='color:$text'>Right of {found.count:,} validation pictures, <span style='color:$validation'>"
             "against the network</span> and <span style='color:$muted'>at random</span></span>"],
        )  # fmt: skip

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.accuracy.setVisible(zoom.units(self.height()) >= _ROOM_FOR_PLOT)
        self._size.setVisible(zoom.units(self.width()) >= _ROOM_FOR_FIGURES)

    def _show_size(self) -> None:
        self._size.setText(f"{self.size_of_nudge:.2f} ({round(255 * self.size_of_nudge):2} of 255)")
        self.accuracy.set_cursor(self.size_of_nudge)

    @Slot(int)
    def _on_moved(self, _step: int) -> None:
        self._show_size()
        self.size_changed.emit()

    @Slot(float)
    def _on_size_chosen(self, size: float) -> None:
        self.slider.setValue(round(_STEPS_A_UNIT * size))
