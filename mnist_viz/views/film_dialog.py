"""The dialog for exporting a film: subject, moments, speed, size and format."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLabel, QWidget

from mnist_viz.recording.film import Format, usual_bytes
from mnist_viz.views.dialog import Dialog
from mnist_viz.views.theme import GRID
from mnist_viz.views.widgets import Choice, column, heading, label, push_button, row

RATES = (2, 5, 10, 15, 20, 30)
SCALES = (1, 2)
LABEL_HEIGHT = 4 * GRID
"""Pixels, at size 1, of the strip below the picture that says which moment it shows."""


@dataclass(frozen=True)
class FilmChoice:
    """What is wanted.

    Attributes:
        subject: "window", or a panel's key.
        moments: the key of one of the dialog's `Moments`.
        rate: pictures a second.
        scale: pixels of the film for one of the window, across and down.
        format: its key.
        label: whether the moment is written below each picture.
    """

    subject: str = "window"
    moments: str = "all"
    rate: int = 10
    scale: int = 1
    format: str = "gif"
    label: bool = True


@dataclass(frozen=True)
class Subject:
    """Something that can be filmed: its key, its title, and how large it is."""

    key: str
    title: str
    size: QSize


@dataclass(frozen=True)
class Moments:
    """Some of the recorded moments: their key, their title, and how many they are."""

    key: str
    title: str
    count: int


class FilmDialog(Dialog):
    """Edits a `FilmChoice`; it films nothing itself.

    Args:
        subjects: what there is to film.
        moments: which moments there are; each has one at least.
        formats: what a film can be written as; the others are shown with why not.
        choice: what is chosen at first, as far as there is such a thing.
    """

    chosen = Signal(object)  # a FilmChoice

    def __init__(
        self,
        subjects: Sequence[Subject],
        moments: Sequence[Moments],
        formats: Sequence[Format],
        choice: FilmChoice,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("film-dialog", "Export a film", parent)
        self._subjects = {subject.key: subject for subject in subjects}
        self._moments = {some.key: some for some in moments}
        self._formats = {form.key: form for form in formats}
        self._grid = QGridLayout()
        self.subject = self._combo("What", "What the film shows", [(some.key, some.title) for some in subjects])
        pictures = [(some.key, f"{some.title} ({some.count:,})") for some in moments]
        self.moments = self._combo("Moments", "One picture for each of these moments", pictures)
        rates = [(rate, f"{rate} pictures a second") for rate in RATES]
        self.rate = self._combo("Speed", "How fast the film is", rates)
        self.scale = self._combo("Size", "How many pixels a picture has", [(scale, "") for scale in SCALES])
        titles = [(form.key, form.title) for form in formats]
        self.format = self._combo("Format", "What the film is written as", titles)
        self.label = QCheckBox("Write the moment below each picture")
        self.label.setToolTip("A line such as “Epoch 3, batch 120”")
        self.label.setChecked(choice.label)
        self.label.toggled.connect(self._show_state)
        self._line = QLabel()
        self.export_button = push_button("export-film", "Export…", "Choose a file, and make the film", "primary")
        self.export_button.clicked.connect(self._on_export_clicked)
        self._lay_out()
        self._choose(choice)
        self._show_state()

    @property
    def choice(self) -> FilmChoice:
        return FilmChoice(
            self.subject.currentData(),
            self.moments.currentData(),
            self.rate.currentData(),
            self.scale.currentData(),
            self.format.currentData(),
            self.label.isChecked(),
        )

    @property
    def line(self) -> str:
        return self._line.text()

    def _combo(self, title: str, tip: str, entries: Sequence[tuple[object, str]]) -> Choice:
        """A field below its title, in the next place of the grid, which has two columns."""
        combo = Choice(title=title, tip=tip)
        for key, text in entries:
            combo.addItem(text, key)
        combo.currentIndexChanged.connect(self._show_state)
        self._grid.addLayout(column(label(title, "caption"), combo, spacing=2), *divmod(self._grid.count(), 2))
        return combo

    def _choose(self, choice: FilmChoice) -> None:
        """Choose what of it there is; what cannot be written cannot be chosen."""
        model = self.format.model()
        assert isinstance(model, QStandardItemModel)
        for index, form in enumerate(self._formats.values()):
            model.item(index).setEnabled(form.available)
            model.item(index).setToolTip(form.why_not)
        for combo, value in (
            (self.subject, choice.subject),
            (self.moments, choice.moments),
            (self.rate, choice.rate),
            (self.scale, choice.scale),
            (self.format, choice.format),
        ):
            index = combo.findData(value)
            if index >= 0 and (combo is not self.format or self._formats[choice.format].available):
                combo.setCurrentIndex(index)

    def _lay_out(self) -> None:
        about = label("The window plays the recorded moments once; training is paused meanwhile.", "muted", wrap=True)
        missing = label(
            "\n".join(form.why_not for form in self._formats.values() if form.why_not), "caption", wrap=True
        )
        self._grid.addWidget(missing, 2, 1, Qt.AlignmentFlag.AlignBottom)
        self._grid.setHorizontalSpacing(2 * GRID)
        self._grid.setVerticalSpacing(12)
        self._grid.setColumnStretch(0, 1)
        self._grid.setColumnStretch(1, 1)
        cancel = push_button("cancel-film", "Cancel", "Make no film (Escape)")
        cancel.clicked.connect(self.reject)
        column(
            column(heading("Export a film"), about, spacing=2), self._grid, column(self.label, self._line), None,
            row(cancel, None, self.export_button),
            spacing=2 * GRID, margins=(3 * GRID, 2 * GRID, 3 * GRID, 2 * GRID), parent=self,
        )  # fmt: skip
        self.setMinimumWidth(58 * GRID)

    @Slot()
    def _show_state(self) -> None:
        choice = self.choice
        size = self._subjects[choice.subject].size
        height = size.height() + (LABEL_HEIGHT if choice.label else 0)
        for index, scale in enumerate(SCALES):
            self.scale.setItemText(index, f"{scale}× ({scale * size.width()} × {scale * height} pixels)")
        count = self._moments[choice.moments].count
        megabytes = usual_bytes(choice.format, count, choice.scale**2 * size.width() * height) / 1e6
        seconds = count / choice.rate
        length = (
            f"{seconds:.2g} s" if seconds < 10 else f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
        )
        pictures = "1 picture" if count == 1 else f"{count:,} pictures"
        self._line.setText(f"{pictures}, {length}, about {float(f'{megabytes:.1g}'):g} MB")  # one digit: it is a guess

    @Slot()
    def _on_export_clicked(self) -> None:
        choice = self.choice
        self.accept()  # before the file is asked for
        self.chosen.emit(choice)
