"""The data dialog's second page: a preview of the user's own data."""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QFont, QIcon
from PySide6.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QHeaderView,
    QLabel,
    QStackedWidget,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from mnist_viz.data.user.examples import ClassCount, Summary
from mnist_viz.views import icons
from mnist_viz.views.data.entry import Pictures, facts
from mnist_viz.views.data.list import open_buttons, text_label
from mnist_viz.views.data.samples import GAP, SIDE, contact_sheet
from mnist_viz.views.theme import BODY, DARK, GRID, Theme
from mnist_viz.views.widgets import Choice, ProgressBar, column, heading, push_button, row, set_font

_NOTES_WIDTH = 34 * GRID
_PICTURES = 8


class DataPreviewPage(QWidget):
    """Shows the progress of reading, an error, or what was read."""

    use_requested = Signal()
    back_requested = Signal()  # to the list; cancels reading
    choice_made = Signal(str, object)
    """How to read the data: a field of `Choices`, and its value."""
    open_folder_requested = Signal()
    open_file_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("data-preview")
        self._title = heading("")
        self._facts = text_label("muted")
        self.table = ClassTable()
        self._notes, self._warnings = text_label(), text_label()
        self._notes_head, self._warnings_head = QLabel("How the files were read"), QLabel("Warnings")
        self.fit_box = QCheckBox("Convert each picture to MNIST's form")
        self.fit_box.setObjectName("fit-own")
        self.fit_box.setToolTip("Crop, fit and centre each picture as MNIST's are, light on dark; reads them again")
        self.label_box = Choice("label-column", "labels", "The column with the labels; reads the table again")
        self.white_box = Choice("white", "white is", "The number of a white pixel, 0 being black; reads the data again")
        self._mark, self._words, self._progress = QLabel(), text_label(), ProgressBar()
        for label in (self._mark, self._words):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.back_button = push_button("back-to-list", "Back", "Back to the list (Esc)")
        self.use_button = push_button("use-own", "Use these data", "Train a new network on them (Enter)")
        self.use_button.setProperty("kind", "primary")
        self.folder_button, self.file_button = open_buttons("other")
        self._pages = QStackedWidget()
        self._words_page, self._data_page = QWidget(), QWidget()
        self._lay_out()
        self.back_button.clicked.connect(self.back_requested)
        self.use_button.clicked.connect(self.use_requested)
        self.folder_button.clicked.connect(self.open_folder_requested)
        self.file_button.clicked.connect(self.open_file_requested)
        self.fit_box.clicked.connect(self._on_fit_clicked)
        self.label_box.activated.connect(self._on_label_column_activated)
        self.white_box.activated.connect(self._on_white_activated)

    def set_reading(self, title: str, text: str, fraction: float | None = None) -> None:
        """Show the progress of reading, 0 to 1, or unknown (None)."""
        self._title.setText(title)
        self._facts.setText("")
        self._show_words(text, fraction, reading=True)
        self.back_button.setText("Cancel")
        self.back_button.setToolTip("Stop reading, and go back to the list (Esc)")

    def set_problem(self, title: str, sentence: str) -> None:
        """Say why there is nothing to use."""
        self._title.setText(title)
        self._facts.setText("Nothing was changed.")
        self._show_words(sentence, None, reading=False)

    def set_data(self, data: Summary, pictures: Sequence[Pictures], *, fitted: bool) -> None:
        """Show what was read, with some training examples of each class; `fitted` as MNIST's pictures are."""
        self._title.setText(data.path.name)
        examples = sum(one.train + one.validation + one.test for one in data.classes)
        found = f"{data.kind}: {facts(examples, len(data.classes), data.image_shape)}"
        self._facts.setText(found[:1].upper() + found[1:])
        self._facts.setToolTip(str(data.path))
        self.table.set_classes(data.classes, pictures)
        self._notes.setText("\n\n".join(data.decided))
        self._warnings.setText("\n\n".join(data.warnings))
        for label, head in ((self._notes, self._notes_head), (self._warnings, self._warnings_head)):
            label.setVisible(bool(label.text()))
            head.setVisible(bool(label.text()))
        self.fit_box.setVisible(data.fittable)
        self.fit_box.setChecked(fitted)
        columns = dict.fromkeys(("first", "last", data.label_column)) if data.label_column else ()
        _fill(self.label_box, {each: _titled(each) for each in columns}, data.label_column)
        _fill(self.white_box, {white: f"{white:.5g}" for white in data.whites}, data.white)
        self._form.setRowVisible(self.label_box, bool(columns))
        self._form.setRowVisible(self.white_box, len(data.whites) > 1)
        self._show(self._data_page)

    def set_theme(self, theme: Theme) -> None:
        self._mark.setPixmap(icons.icon("error", theme.bad).pixmap(32))

    @property
    def state(self) -> str:
        """ "reading", "problem" or "data"."""
        if self._pages.currentWidget() is self._data_page:
            return "data"
        return "reading" if self._mark.isHidden() else "problem"

    @property
    def text(self) -> str:
        """The progress text, or the error."""
        return self._words.text()

    @Slot(bool)
    def _on_fit_clicked(self, fitted: bool) -> None:
        self.choice_made.emit("fitted", fitted)

    @Slot()
    def _on_label_column_activated(self) -> None:
        self.choice_made.emit("label_column", self.label_box.currentData())

    @Slot()
    def _on_white_activated(self) -> None:
        self.choice_made.emit("white", self.white_box.currentData())

    def _lay_out(self) -> None:
        for head, text in ((self._warnings_head, self._warnings), (self._notes_head, self._notes)):
            set_font(head, BODY, QFont.Weight.DemiBold)
            text.setFixedWidth(_NOTES_WIDTH)
        self._form = QFormLayout()
        self._form.addRow("Labels:", self.label_box)
        self._form.addRow("White is:", self.white_box)
        notes = column(
            self._warnings_head, self._warnings, GRID, self._notes_head, self._notes, GRID, self.fit_box, self._form,
            None,
        )  # fmt: skip
        row((self.table, 1), notes, spacing=3 * GRID, parent=self._data_page)
        column(
            None, self._mark, self._words, self._progress, None, margins=(12 * GRID, 0, 12 * GRID, 0),
            parent=self._words_page,
        )  # fmt: skip
        self._pages.addWidget(self._words_page)
        self._pages.addWidget(self._data_page)
        foot = row(self.back_button, None, self.folder_button, self.file_button, self.use_button)
        margins = (3 * GRID, 2 * GRID, 3 * GRID, 2 * GRID)
        column(self._title, self._facts, (self._pages, 1), foot, margins=margins, parent=self)

    def _show_words(self, text: str, fraction: float | None, *, reading: bool) -> None:
        self._mark.setHidden(reading)
        self._words.setText(text)
        self._progress.show_progress(fraction)
        self._show(self._words_page)

    def _show(self, page: QWidget) -> None:
        self._pages.setCurrentWidget(page)
        self.back_button.setText("Back")
        self.back_button.setToolTip("Back to the list (Esc)")
        self.use_button.setVisible(page is self._data_page)
        for button in (self.folder_button, self.file_button):
            button.setVisible(self.state == "problem")


class ClassTable(QTreeWidget):
    """A line a class: how many examples each part has, and some of them."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("class-table")
        self.setAccessibleName("classes")
        self._theme = DARK
        self._pictures: tuple[Pictures, ...] = ()
        self.setHeaderLabels(["Class", "Training", "Validation", "Test", "Some training examples"])
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setSelectionMode(QTreeWidget.SelectionMode.NoSelection)
        self.setIconSize(QSize(_PICTURES * (SIDE + GAP) - GAP, SIDE))
        self.setVerticalScrollMode(QTreeWidget.ScrollMode.ScrollPerPixel)
        self.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.header().setSectionsMovable(False)

    def set_classes(self, classes: Sequence[ClassCount], pictures: Sequence[Pictures]) -> None:
        """Show the classes in the order of their labels."""
        self._pictures = tuple(pictures)
        counted = ", ".join(f"{c.name} {c.train + c.validation + c.test:,}" for c in classes[:20])
        self.setAccessibleDescription(counted)
        self.clear()
        for one in classes:
            item = QTreeWidgetItem(self, [one.name, f"{one.train:,}", f"{one.validation:,}", f"{one.test:,}"])
            item.setToolTip(0, one.name)
            for number in (1, 2, 3):
                item.setTextAlignment(number, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._draw_pictures()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._draw_pictures()

    def _draw_pictures(self) -> None:
        for line, pictures in enumerate(self._pictures):
            sheet = contact_sheet(pictures, _PICTURES, 1, self._theme, self.devicePixelRatioF())
            self.topLevelItem(line).setIcon(4, QIcon(sheet))  # type: ignore[union-attr]


def _fill(box: Choice, choices: Mapping[Any, str], chosen: object) -> None:
    box.clear()
    for value, text in choices.items():
        box.addItem(text, value)
    box.choose(chosen)


def _titled(label_column: str) -> str:
    return f"{label_column} column" if label_column in ("first", "last") else f"column {label_column}"
