"""What the pages of the panel "Why this digit" show: maps of the pixels, the least change of ink, and nudges."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from mnist_viz.analysis.attribution import METHODS, Attribution
from mnist_viz.analysis.counterfactual import Counterfactual
from mnist_viz.analysis.nudge import SIZES, AccuracyBySize, Nudge
from mnist_viz.views import zoom
from mnist_viz.views.drawing.digit_view import DigitView
from mnist_viz.views.elided_label import FittingLabel
from mnist_viz.views.network.color_legend import ColorLegend
from mnist_viz.views.number_text import format_number, format_percent, format_value
from mnist_viz.views.painting import Bytes, inked
from mnist_viz.views.plots.heatmap import HeatmapFigure
from mnist_viz.views.plots.series_figure import Series, SeriesFigure, all_shares
from mnist_viz.views.theme import DARK, GRID, Theme
from mnist_viz.views.widgets import HiddenWhenSmall, Slider, column, label, push_button, row

_NETWORKS, _METHODS = ("Network", "Random"), ("Integrated", "Occlusion", "Grad × input")
_SHORT_NETWORKS, _SHORT_METHODS = ("Net", "Rand."), ("Int.", "Occl.", "Grad")
_ROOM_FOR_METHOD = 84  # units from one map to the next, with the names above and beside them
_ROOM_FOR_NAMES = 300  # units of width
_CAPTIONS = 4 * GRID
_STEPS_A_UNIT = 100  # of the slider, in full ink
_ROOM_FOR_PLOT, _ROOM_FOR_FIGURES = 220, 300  # units of height and of width
_WHATS = "As it is", "Against the network", "At random"


class PixelMaps(QWidget):
    """Maps of the network, and of one with random weights; a sentence on their sum, or on the pixel at the mouse."""

    def __init__(self) -> None:
        super().__init__()
        self._found: Attribution | None = None
        self._classes = ("", "")
        self.maps = HeatmapFigure("why-maps", "How much each pixel speaks for the answer", "evidence", bar=False)
        self.maps.hovered.connect(self._on_hovered)
        self._legend = ColorLegend(scale="evidence")
        self.sentence = FittingLabel("muted")
        column((self.maps, 1), self._legend, self.sentence, spacing=GRID // 2, parent=self)

    def set_attribution(self, found: Attribution) -> None:
        self._found = found
        self._classes = found.found.answer_name, found.found.rival_name
        self._legend.set_range(f"for {self._classes[1]}", f"for {self._classes[0]}")
        self._show_maps()
        self._show_sum()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_maps()

    @property
    def _lying(self) -> bool:
        """Whether the methods are beside each other."""
        return bool(self.maps.width() >= self.maps.height())

    def _show_maps(self) -> None:
        if self._found is None:
            return
        limits = np.abs(self._found.maps).max(axis=(2, 3), keepdims=True)
        maps = self._found.maps / np.where(limits > 0, limits, 1.0)
        if not self._lying:
            maps = maps.swapaxes(0, 1)
        rows, columns, height, width = maps.shape
        mosaic = np.ascontiguousarray(maps.transpose(0, 2, 1, 3).reshape(rows * height, columns * width))
        self.maps.set_values(mosaic, -1.0, 1.0, (height, width))
        wide, high = zoom.units(self.maps.width()), zoom.units(self.maps.height())
        roomy = wide >= _ROOM_FOR_NAMES
        if self._lying:
            methods = _METHODS if min(wide / columns, high / rows) >= _ROOM_FOR_METHOD else _SHORT_METHODS
            self.maps.set_names(_NETWORKS if roomy else (), methods)
        else:
            self.maps.set_names(*((_METHODS, _NETWORKS) if roomy else (_SHORT_METHODS, _SHORT_NETWORKS)))

    def _show_sum(self) -> None:
        if self._found is None:
            return
        answer, rival = self._classes
        total, difference = (format_value(value, signed=True) for value in (self._found.total, self._found.difference))
        self.sentence.set_texts(
            f"Integrated gradients add up to {total}; the difference of the logits of {answer} and {rival} is "
            f"{difference} more than that of an empty picture",
            f"Integrated gradients add up to {total}; the difference of the logits is {difference}",
            f"Integrated: sum {total}, difference of logits {difference}", f"Sum {total} of {difference}",
        )  # fmt: skip

    @Slot(int, int)
    def _on_hovered(self, row: int, column: int) -> None:
        if self._found is None or row < 0:
            self._show_sum()
            return
        height, width = self._found.maps.shape[2:]
        which, method = (row // height, column // width) if self._lying else (column // width, row // height)
        value = float(self._found.maps[which, method, row % height, column % width])
        speaks = f"{format_value(abs(value))} for {self._classes[int(value < 0)]}"
        place = f"row {row % height + 1}, column {column % width + 1}"
        network = ", random weights" if which else ""
        self.sentence.set_texts(f"{METHODS[method]}{network}, {place}: {speaks}", f"{place}: {speaks}", speaks)


class PictureRow(QWidget):
    """Three pictures with captions of two lines; it is no higher than they are."""

    def __init__(self) -> None:
        super().__init__()
        self.views = DigitView(), DigitView(), DigitView()
        row(*((view, 1) for view in self.views), spacing=GRID, parent=self)

    def set_pictures(self, pictures: Sequence[Bytes], captions: Sequence[str]) -> None:
        """Show three pictures, uint8 (h, w) or (h, w, 3)."""
        for view, picture, caption in zip(self.views, pictures, captions, strict=True):
            view.set_image(picture)
            view.set_caption(caption)

    @property
    def captions(self) -> list[str]:
        """In one line each."""
        return [view.accessibleName() for view in self.views]

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.setMaximumHeight(max(self.views[0].width() + zoom.px(_CAPTIONS - GRID), self.minimumSizeHint().height()))


class ChangeView(QWidget):
    """The least change: three pictures, a sentence, and a button that plays the change on the pad, or stops it."""

    play_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._theme = DARK
        self.found: Counterfactual | None = None
        self.pictures = PictureRow()
        self.sentence = FittingLabel("muted")
        tip = "Change the picture on the pad step by step; Undo there takes it back"
        self.play_button = push_button("why-play", "Play on the pad", tip)
        self.play_button.clicked.connect(self.play_requested)
        foot = row(self.play_button, None)
        column((self.pictures, 1), self.sentence, foot, None, spacing=GRID // 2, parent=self)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        if self.found is not None:
            self.set_change(self.found)

    def set_playing(self, playing: bool) -> None:
        self.play_button.setText("Stop" if playing else "Play on the pad")

    def set_change(self, found: Counterfactual) -> None:
        self.found = found
        before, after = found.pictures[0], found.pictures[-1]
        added, removed = format_value(found.added), format_value(found.removed)
        self.pictures.set_pictures(
            (before, inked(before, found.change, self._theme), after),
            (
                f"As it is\n{found.before.answer_name} · {found.before.certainty:.1%}",
                f"Green: {added} added\nMagenta: {removed} removed",
                f"Then\n{found.after.answer_name} · {found.after.certainty:.1%}",
            ),
        )
        count, name = int(np.count_nonzero(before != after)), found.after.answer_name
        self.sentence.set_texts(
            f"Adding {added} and removing {removed} pixels of full ink, in {count} places, makes it {name}",
            f"{added} of ink added and {removed} removed, in {count} places", f"{count} pixels",
        )  # fmt: skip


class NudgeView(QWidget):
    """A nudge against the network and one at random: what is read then, a slider for the size, and the accuracy."""

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
        HiddenWhenSmall(self.accuracy, self, height=_ROOM_FOR_PLOT)
        HiddenWhenSmall(self._size, self, _ROOM_FOR_FIGURES)
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
