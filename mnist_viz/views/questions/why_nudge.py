"""A small change of every pixel against the network, beside one at random, with the accuracy against its size."""

import numpy as np
from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from mnist_viz.analysis.nudge import SIZES, AccuracyBySize, Nudge
from mnist_viz.views import zoom
from mnist_viz.views.number_text import format_percent
from mnist_viz.views.plots.figure import Figure
from mnist_viz.views.plots.plot import Caption, Plot, Strokes, line
from mnist_viz.views.questions.picture_row import PictureRow
from mnist_viz.views.theme import GRID, Theme, color
from mnist_viz.views.widgets import Slider, column, label, push_button, row

_AXIS_WIDTH = 44
_STEPS_A_UNIT = 100  # of the slider, in full ink
_ROOM_FOR_PLOT, _ROOM_FOR_FIGURES = 220, 300  # units of height and of width
_WHATS = "As it is", "Against the network", "At random"


class NudgeView(QWidget):
    """Three pictures with what is read in them, a slider for the size, and a plot."""

    size_changed = Signal()
    pad_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.pictures = PictureRow()
        tip = "By how much of full ink every pixel changes"
        self.slider = Slider("nudge-size", "Size of the nudge", tip, round(_STEPS_A_UNIT * SIZES[-1]))
        self.slider.setValue(_STEPS_A_UNIT // 10)
        self.slider.valueChanged.connect(self._on_moved)
        self._size = label(role="muted")
        tip = "Put the picture that is nudged against the network on the pad"
        self.pad_button = push_button("nudge-to-pad", "To the pad", tip)
        self.pad_button.clicked.connect(self.pad_requested)
        self.accuracy = NudgeFigure()
        self.accuracy.size_chosen.connect(self._on_size_chosen)
        sizes = row(label("Size", "muted"), (self.slider, 1), self._size, self.pad_button)
        column((self.pictures, 3), sizes, (self.accuracy, 4), None, spacing=GRID // 2, parent=self)
        self._show_size()

    @property
    def size_of_nudge(self) -> float:
        """The share of full ink by which every pixel changes."""
        return self.slider.value() / _STEPS_A_UNIT

    def set_theme(self, theme: Theme) -> None:
        self.pictures.set_theme(theme)
        self.accuracy.set_theme(theme)

    def set_nudge(self, found: Nudge) -> None:
        captions = [
            f"{what}\n{read.answer_name} · {read.certainty:.1%}"
            for what, read in zip(_WHATS, found.readings, strict=True)
        ]
        self.pictures.set_pictures(found.pictures, captions)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.accuracy.setVisible(zoom.units(self.height()) >= _ROOM_FOR_PLOT)
        self._size.setVisible(zoom.units(self.width()) >= _ROOM_FOR_FIGURES)

    def _show_size(self) -> None:
        self._size.setText(f"{self.size_of_nudge:.2f} ({round(255 * self.size_of_nudge):2} of 255)")
        self.accuracy.set_size(self.size_of_nudge)

    @Slot(int)
    def _on_moved(self, _step: int) -> None:
        self._show_size()
        self.size_changed.emit()

    @Slot(float)
    def _on_size_chosen(self, size: float) -> None:
        self.slider.setValue(round(_STEPS_A_UNIT * size))


class NudgeFigure(Figure):
    """Two lines: nudged against the network, and nudged at random."""

    size_chosen = Signal(float)

    def __init__(self) -> None:
        super().__init__("nudge-accuracy", "Accuracy against the size of the nudge")
        self._accuracy: AccuracyBySize | None = None
        self._plot = Plot(value_text=format_percent)
        self._plot.left.setWidth(_AXIS_WIDTH)
        self.note_margins = _AXIS_WIDTH, 3 * GRID
        self._plot.layout.setContentsMargins(0, 0, GRID, 0)
        self._plot.bottom.set_title("change of each pixel, as a share of full ink")
        self._plot.view.horizontal = True
        self._caption, self._lines = Caption(), Strokes()
        self._plot.addItem(self._lines, ignoreBounds=True)
        self.addItem(self._caption, 0, 0)
        self.addItem(self._plot, 1, 0)
        self.watch(self._plot.view)
        self._plot.view.double_clicked.connect(self.see_all)
        self._plot.view.clicked.connect(self._on_clicked)
        self._plot.view.sigResized.connect(self.fit_unless_zoomed)
        self._plot.cursor_dragged.connect(self.size_chosen)
        self.fit()

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        self._plot.set_theme(theme)
        self._draw()

    def set_accuracy(self, accuracy: AccuracyBySize | None) -> None:
        """Show how the accuracy falls; None where there are no pictures."""
        self._accuracy = accuracy
        self._draw()

    def set_size(self, size: float) -> None:
        """Put the cursor there."""
        self._plot.set_cursor(size)

    def fit(self) -> None:
        self._plot.view.setXRange(0.0, SIZES[-1], padding=0.02)
        self._plot.view.setYRange(0.0, 1.0, padding=0.06)

    def _draw(self) -> None:
        theme, found = self.theme, self._accuracy
        against, random = theme.validation, theme.muted
        self.set_note("" if found is not None else "No validation pictures that this network reads")
        if found is None:
            self._lines.set_strokes([])
            self._caption.setText("")
            return
        sizes = np.array(SIZES)
        self._lines.set_strokes(
            [
                line(sizes, found.random, color(random), marks=True),
                line(sizes, found.against, color(against), marks=True),
            ]
        )
        self._caption.setText(
            f"Right of {found.count:,} validation pictures, <span style='color:{against}'>against the network</span>"
            f" and <span style='color:{random}'>at random</span>",
            color=theme.text,
        )

    @Slot(float, float)
    def _on_clicked(self, x: float, _y: float) -> None:
        self.size_chosen.emit(x)
