"""What is asked before a film is made: of what, which moments, how fast, how large, in which form."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QFont, QStandardItemModel
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from mnist_viz.recording.film import Format, usual_bytes
from mnist_viz.views.theme import GRID, TITLE, font

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


class FilmDialog(QDialog):
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
        super().__init__(parent)
        self.setObjectName("film-dialog")
        self.setWindowTitle("Export a film")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._subjects = {subject.key: subject for subject in subjects}
        self._moments = {some.key: some for some in moments}
        self._formats = {form.key: form for form in formats}
        pictures = [(some.key, f"{some.title} ({some.count:,})") for some in moments]
        self.subject = _combo("film-subject", [(s.key, s.title) for s in subjects], "What the film shows")
        self.moments = _combo("film-moments", pictures, "One picture for each of these moments")
        rates = [(rate, f"{rate} pictures a second") for rate in RATES]
        self.rate = _combo("film-rate", rates, "How fast the film is")
        self.scale = _combo("film-scale", [(scale, "") for scale in SCALES], "How many pixels a picture has")
        self.format = _combo("film-format", [(form.key, form.title) for form in formats], "What the film is written as")
        self.label = QCheckBox("Write the moment below each picture")
        self.label.setObjectName("film-label")
        self.label.setToolTip("A line such as “Epoch 3, batch 120”")
        self._line = QLabel()
        self._line.setObjectName("film-line")
        self.export_button = QPushButton("Export…")
        self.export_button.setObjectName("film-export")
        self.export_button.setToolTip("Choose where the film goes, and make it")
        self.export_button.setProperty("kind", "primary")
        self.export_button.setDefault(True)
        self.cancel_button = QPushButton("Cancel")
        self.cancel_button.setObjectName("film-cancel")
        self.cancel_button.setToolTip("Make no film (Escape)")
        self.cancel_button.setAutoDefault(False)
        self._lay_out()
        self._disable_unavailable()
        for combo, value in (
            (self.subject, choice.subject),
            (self.moments, choice.moments),
            (self.rate, choice.rate),
            (self.scale, choice.scale),
            (self.format, choice.format),
        ):
            index = combo.findData(value)
            if index >= 0 and not (combo is self.format and not self._formats[choice.format].available):
                combo.setCurrentIndex(index)
        self.label.setChecked(choice.label)
        for combo in (self.subject, self.moments, self.rate, self.scale, self.format):
            combo.currentIndexChanged.connect(self._show_state)
        self.label.toggled.connect(self._show_state)
        self.export_button.clicked.connect(self._on_export_clicked)
        self.cancel_button.clicked.connect(self.reject)
        self._show_state()

    @property
    def choice(self) -> FilmChoice:
        """What is chosen now."""
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
        """What is said of the film to come."""
        return self._line.text()

    def _lay_out(self) -> None:
        heading = QLabel("Export a film")
        heading.setFont(font(TITLE, QFont.Weight.DemiBold))
        about = QLabel("The window plays the recorded moments once; training rests meanwhile.")
        about.setProperty("role", "muted")
        grid = QGridLayout()
        grid.setHorizontalSpacing(2 * GRID)
        grid.setVerticalSpacing(12)
        for row, column, title, field in (
            (0, 0, "What", self.subject),
            (0, 1, "Moments", self.moments),
            (1, 0, "Speed", self.rate),
            (1, 1, "Size", self.scale),
            (2, 0, "Format", self.format),
        ):
            grid.addLayout(_titled(title, field), row, column)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        missing = QLabel("\n".join(form.why_not for form in self._formats.values() if not form.available))
        missing.setObjectName("film-missing")
        missing.setProperty("role", "caption")
        missing.setWordWrap(True)
        beside = QVBoxLayout()
        beside.addStretch()
        beside.addWidget(missing)
        grid.addLayout(beside, 2, 1)
        buttons = QHBoxLayout()
        buttons.addWidget(self.cancel_button)
        buttons.addStretch()
        buttons.addWidget(self.export_button)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(3 * GRID, 2 * GRID, 3 * GRID, 2 * GRID)
        whole.setSpacing(0)
        whole.addWidget(heading)
        whole.addSpacing(2)
        whole.addWidget(about)
        whole.addSpacing(2 * GRID)
        whole.addLayout(grid)
        whole.addSpacing(12)
        whole.addWidget(self.label)
        whole.addSpacing(GRID)
        whole.addWidget(self._line)
        whole.addSpacing(2 * GRID)
        whole.addStretch()
        whole.addLayout(buttons)
        self.setMinimumWidth(58 * GRID)

    def _disable_unavailable(self) -> None:
        model = self.format.model()
        assert isinstance(model, QStandardItemModel)
        for row, form in enumerate(self._formats.values()):
            if not form.available:
                item = model.item(row)
                item.setEnabled(False)
                item.setToolTip(form.why_not)

    @Slot()
    def _show_state(self) -> None:
        choice = self.choice
        size = self._subjects[choice.subject].size
        height = size.height() + (LABEL_HEIGHT if choice.label else 0)
        for row, scale in enumerate(SCALES):
            self.scale.setItemText(row, f"{scale}× ({scale * size.width()} × {scale * height} pixels)")
        count = self._moments[choice.moments].count
        size_in_bytes = usual_bytes(choice.format, count, choice.scale**2 * size.width() * height)
        seconds = count / choice.rate
        pictures = "1 picture" if count == 1 else f"{count:,} pictures"
        length = (
            f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
        )
        self._line.setText(f"{pictures}, {length}, about {_megabytes(size_in_bytes)}")

    @Slot()
    def _on_export_clicked(self) -> None:
        choice = self.choice
        self.accept()  # before the file is asked for
        self.chosen.emit(choice)


def _megabytes(count: int) -> str:
    return f"{float(f'{count / 1e6:.1g}'):g} MB"  # one digit: it is a guess


def _combo(name: str, entries: Sequence[tuple[object, str]], tip: str) -> QComboBox:
    combo = QComboBox()
    combo.setObjectName(name)
    combo.setToolTip(tip)
    for key, title in entries:
        combo.addItem(title, key)
    return combo


def _titled(title: str, field: QWidget) -> QVBoxLayout:
    label = QLabel(title)
    label.setProperty("role", "caption")
    label.setBuddy(field)
    field.setAccessibleName(title)
    column = QVBoxLayout()
    column.setSpacing(2)
    column.addWidget(label)
    column.addWidget(field)
    return column
