"""The least ink that makes a picture another class: before, what changes, and after."""

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from mnist_viz.analysis.counterfactual import Counterfactual
from mnist_viz.views.elided_label import FittingLabel
from mnist_viz.views.number_text import format_value
from mnist_viz.views.painting import inked
from mnist_viz.views.questions.picture_row import PictureRow
from mnist_viz.views.theme import DARK, GRID, Theme
from mnist_viz.views.widgets import column, push_button, row


class ChangeView(QWidget):
    """Three pictures, a sentence, and a button that plays the change on the pad, or stops it."""

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
