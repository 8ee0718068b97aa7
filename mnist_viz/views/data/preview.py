"""The data dialog's second page: the user's own data while they are read, and what was found, before they are used."""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QFont, QIcon
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QStackedWidget,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from mnist_viz.views import icons
from mnist_viz.views.data.entry import OwnClass, OwnData
from mnist_viz.views.data.list import push_button, text_label
from mnist_viz.views.data.samples import GAP, SIDE, contact_sheet
from mnist_viz.views.progress import progress_bar, show_progress
from mnist_viz.views.theme import BODY, DARK, GRID, TITLE, Theme, font

_NOTES_WIDTH = 34 * GRID
_PICTURES = 8


class DataPreviewPage(QWidget):
    """Shows one of three things: how far the reading is, why it failed, or what was read."""

    use_requested = Signal()
    back_requested = Signal()  # to the list; calls off a reading that goes on
    fitted_changed = Signal(bool)  # whether each picture is to be brought into MNIST's form
    label_column_chosen = Signal(str)  # "first", "last" or a number
    white_chosen = Signal(float)
    open_folder_requested = Signal()
    open_file_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("data-preview")
        self._title = QLabel()
        self._title.setFont(font(TITLE, QFont.Weight.DemiBold))
        self._facts = text_label("muted")
        self.table = ClassTable()
        self._notes, self._warnings = text_label(), text_label()
        self._notes_head, self._warnings_head = QLabel("What was decided"), QLabel("Look out")
        self.fit_box = QCheckBox("Bring each picture into MNIST's form")
        self.fit_box.setObjectName("fit-own")
        self.fit_box.setToolTip("Crop, fit and centre each picture as MNIST's are, light on dark; reads them again")
        self.label_box, self.white_box = QComboBox(), QComboBox()
        self.label_box.setObjectName("label-column")
        self.label_box.setToolTip("Which column holds the label; reads the table again")
        self.white_box.setObjectName("white")
        self.white_box.setToolTip("Which number is a white pixel, 0 being black; reads the data again")
        self._doing, self._progress = text_label(), progress_bar()
        self._problem, self._mark = text_label(), QLabel()
        for label in (self._doing, self._problem, self._mark):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.back_button = push_button("back-to-list", "Back", "Back to the list (Esc)")
        self.use_button = push_button("use-own", "Use these data", "Train a new network on them (Enter)")
        self.use_button.setProperty("kind", "primary")
        self.folder_button = push_button("other-folder", "Open a folder…", "A subfolder of pictures for each class")
        self.file_button = push_button(
            "other-file",
            "Open a file…",
            "Arrays (.npz, .npy), a table (.csv), IDX files, or a .zip of any of these or of pictures",
        )
        self._pages = QStackedWidget()
        self._reading_page = _middle(self._doing, self._progress)
        self._problem_page = _middle(self._mark, self._problem)
        self._data_page = QWidget()
        self._lay_out()
        self.back_button.clicked.connect(self.back_requested)
        self.use_button.clicked.connect(self.use_requested)
        self.folder_button.clicked.connect(self.open_folder_requested)
        self.file_button.clicked.connect(self.open_file_requested)
        self.fit_box.clicked.connect(self.fitted_changed)
        self.label_box.activated.connect(self._on_label_column_activated)
        self.white_box.activated.connect(self._on_white_activated)

    # Values in

    def set_reading(self, title: str, text: str, fraction: float | None = None) -> None:
        """Say how far the reading is, 0 to 1, or that it goes on (None)."""
        self._title.setText(title)
        self._facts.setText("")
        self._doing.setText(text)
        show_progress(self._progress, fraction)
        self._show(self._reading_page)
        self.back_button.setText("Cancel")
        self.back_button.setToolTip("Stop reading, and go back to the list (Esc)")

    def set_problem(self, title: str, sentence: str) -> None:
        """Say why there is nothing to use."""
        self._title.setText(title)
        self._facts.setText("Nothing was changed; the program goes on as before.")
        self._problem.setText(sentence)
        self._show(self._problem_page)

    def set_data(self, data: OwnData) -> None:
        """Show what was read."""
        self._title.setText(data.title)
        self._facts.setText(data.facts[:1].upper() + data.facts[1:])
        self._facts.setToolTip(data.path)
        self.table.set_classes(data.classes)
        self._notes.setText("\n\n".join(data.decided))
        self._warnings.setText("\n\n".join(data.warnings))
        for label, head in ((self._notes, self._notes_head), (self._warnings, self._warnings_head)):
            label.setVisible(bool(label.text()))
            head.setVisible(bool(label.text()))
        self.fit_box.setVisible(data.fittable)
        self.fit_box.setChecked(data.fitted)
        columns = dict.fromkeys(("first", "last", data.label_column)) if data.label_column else ()
        _fill(self.label_box, {column: _column(column) for column in columns}, data.label_column)
        _fill(self.white_box, {white: f"{white:.5g}" for white in data.whites}, data.white)
        self._form.setRowVisible(self.label_box, bool(columns))
        self._form.setRowVisible(self.white_box, len(data.whites) > 1)
        self._show(self._data_page)

    def set_theme(self, theme: Theme) -> None:
        self.table.set_theme(theme)
        self._mark.setPixmap(icons.icon("error", theme.bad).pixmap(32))

    # What it says

    @property
    def state(self) -> str:
        """ "reading", "problem" or "data"."""
        shown = self._pages.currentWidget()
        return "reading" if shown is self._reading_page else "data" if shown is self._data_page else "problem"

    @property
    def text(self) -> str:
        """The line on what goes on, or the sentence on what went wrong."""
        return self._doing.text() if self.state == "reading" else self._problem.text()

    @Slot()
    def _on_label_column_activated(self) -> None:
        self.label_column_chosen.emit(self.label_box.currentData())

    @Slot()
    def _on_white_activated(self) -> None:
        self.white_chosen.emit(self.white_box.currentData())

    # Making

    def _lay_out(self) -> None:
        notes = QVBoxLayout()
        notes.setSpacing(GRID)
        for head, label in ((self._warnings_head, self._warnings), (self._notes_head, self._notes)):
            head.setFont(font(BODY, QFont.Weight.DemiBold))
            label.setFixedWidth(_NOTES_WIDTH)
            notes.addWidget(head)
            notes.addWidget(label)
            notes.addSpacing(GRID)
        notes.addWidget(self.fit_box)
        self._form = QFormLayout()
        self._form.addRow("Labels:", self.label_box)
        self._form.addRow("White is:", self.white_box)
        notes.addLayout(self._form)
        notes.addStretch()
        both = QHBoxLayout(self._data_page)
        both.setContentsMargins(0, 0, 0, 0)
        both.setSpacing(3 * GRID)
        both.addWidget(self.table, 1)
        both.addLayout(notes)
        for page in (self._reading_page, self._problem_page, self._data_page):
            self._pages.addWidget(page)
        foot = QHBoxLayout()
        foot.setSpacing(GRID)
        foot.addWidget(self.back_button)
        foot.addStretch()
        for button in (self.folder_button, self.file_button, self.use_button):
            foot.addWidget(button)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(3 * GRID, 2 * GRID, 3 * GRID, 2 * GRID)
        whole.setSpacing(GRID)
        whole.addWidget(self._title)
        whole.addWidget(self._facts)
        whole.addWidget(self._pages, 1)
        whole.addLayout(foot)

    def _show(self, page: QWidget) -> None:
        self._pages.setCurrentWidget(page)
        self.back_button.setText("Back")
        self.back_button.setToolTip("Back to the list (Esc)")
        self.use_button.setVisible(page is self._data_page)
        for button in (self.folder_button, self.file_button):
            button.setVisible(page is self._problem_page)


class ClassTable(QTreeWidget):
    """A line a class: how many examples each part has, and some of them."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("class-table")
        self.setAccessibleName("classes")
        self._theme = DARK
        self._classes: tuple[OwnClass, ...] = ()
        self.setHeaderLabels(["Class", "Training", "Validation", "Test", "Some training examples"])
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setSelectionMode(QTreeWidget.SelectionMode.NoSelection)
        self.setIconSize(QSize(_PICTURES * (SIDE + GAP) - GAP, SIDE))
        self.setVerticalScrollMode(QTreeWidget.ScrollMode.ScrollPerPixel)
        self.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.header().setSectionsMovable(False)

    def set_classes(self, classes: Sequence[OwnClass]) -> None:
        """Show the classes in the order of their labels."""
        self._classes = tuple(classes)
        counted = ", ".join(f"{c.name} {c.train + c.validation + c.test:,}" for c in self._classes[:20])
        self.setAccessibleDescription(counted)
        self.clear()
        for one in self._classes:
            item = QTreeWidgetItem(self, [one.name, f"{one.train:,}", f"{one.validation:,}", f"{one.test:,}"])
            item.setToolTip(0, one.name)
            for column in (1, 2, 3):
                item.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._draw_pictures()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._draw_pictures()

    def _draw_pictures(self) -> None:
        for row, one in enumerate(self._classes):
            sheet = contact_sheet(one.pictures, _PICTURES, 1, self._theme, self.devicePixelRatioF())
            self.topLevelItem(row).setIcon(4, QIcon(sheet))  # type: ignore[union-attr]


def _fill(box: QComboBox, choices: Mapping[Any, str], chosen: object) -> None:
    box.clear()
    for value, text in choices.items():
        box.addItem(text, value)
    box.setCurrentIndex(list(choices).index(chosen) if chosen in choices else -1)


def _column(column: str) -> str:
    return f"{column} column" if column in ("first", "last") else f"column {column}"


def _middle(*widgets: QWidget) -> QWidget:
    """A page with these widgets below each other in its middle."""
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(12 * GRID, 0, 12 * GRID, 0)
    column.addStretch()
    for widget in widgets:
        column.addWidget(widget)
    column.addStretch()
    return page
