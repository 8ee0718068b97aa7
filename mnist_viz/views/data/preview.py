"""The data dialog's second page: the user's own data while they are read, and what was found, before they are used."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from mnist_viz.views import icons
from mnist_viz.views.data.classes import ClassTable
from mnist_viz.views.data.entry import OwnData
from mnist_viz.views.data.status import draw_bar
from mnist_viz.views.data.widgets import push_button
from mnist_viz.views.theme import BODY, DARK, GRID, TITLE, Theme, font

_NOTES_WIDTH = 34 * GRID


class DataPreviewPage(QWidget):
    """Shows one of three things: how far the reading is, why it failed, or what was read."""

    use_requested = Signal()
    back_requested = Signal()  # to the list; calls off a reading that goes on
    fitted_changed = Signal(bool)  # whether each picture is to be brought into MNIST's form
    open_folder_requested = Signal()
    open_file_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("data-preview")
        self._title = QLabel()
        self._title.setFont(font(TITLE, QFont.Weight.DemiBold))
        self._facts = _text("muted")
        self._facts.setFixedHeight(20)
        self.table = ClassTable()
        self._notes = _text()
        self._notes.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._warnings = _text()
        self._warnings.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._notes_head, self._warnings_head = QLabel("What was decided"), QLabel("Look out")
        self.fit_box = QCheckBox("Bring each picture into MNIST's form")
        self.fit_box.setObjectName("fit-own")
        self.fit_box.setToolTip("Crop, fit and centre each picture as MNIST's are, light on dark; reads them again")
        self._doing = _Reading()
        self._problem = _text()
        self._problem.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self._problem.setFixedWidth(60 * GRID)
        self._mark = QLabel()
        self._mark.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.back_button = push_button("back-to-list", "Back", "Back to the list (Esc)")
        self.use_button = push_button("use-own", "Use these data", "Train a new network on them (Enter)")
        self.use_button.setProperty("kind", "primary")
        self.folder_button = push_button("other-folder", "Open a folder…", "A subfolder of pictures for each class")
        self.file_button = push_button("other-file", "Open a file…", "An .npz archive, or a table as .csv")
        self._pages = QStackedWidget()
        self._lay_out()
        self.back_button.clicked.connect(self.back_requested)
        self.use_button.clicked.connect(self.use_requested)
        self.folder_button.clicked.connect(self.open_folder_requested)
        self.file_button.clicked.connect(self.open_file_requested)
        self.fit_box.clicked.connect(self.fitted_changed)

    # Values in

    def set_reading(self, title: str, text: str, fraction: float | None = None) -> None:
        """Say how far the reading is, 0 to 1, or that it goes on (None)."""
        self._title.setText(title)
        self._facts.setText("")
        self._doing.set_work(text, fraction)
        self._show(self._doing)
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
        self._show(self._data_page)

    def set_theme(self, theme: Theme) -> None:
        self.table.set_theme(theme)
        self._doing.set_theme(theme)
        self._mark.setPixmap(icons.icon("error", theme.bad).pixmap(32))

    # What it says

    @property
    def state(self) -> str:
        """ "reading", "problem" or "data"."""
        shown = self._pages.currentWidget()
        return "reading" if shown is self._doing else "data" if shown is self._data_page else "problem"

    @property
    def text(self) -> str:
        """The line on what goes on, or the sentence on what went wrong."""
        return self._doing.text if self.state == "reading" else self._problem.text()

    # Making

    def _lay_out(self) -> None:
        left = _scrolled(self.table)
        notes = QWidget()
        column = QVBoxLayout(notes)
        column.setContentsMargins(0, 0, GRID, 0)
        column.setSpacing(GRID)
        for head, label in ((self._warnings_head, self._warnings), (self._notes_head, self._notes)):
            head.setFont(font(BODY, QFont.Weight.DemiBold))
            column.addWidget(head)
            column.addWidget(label)
            column.addSpacing(GRID)
        column.addWidget(self.fit_box)
        column.addStretch()
        right = _scrolled(notes)
        right.setFixedWidth(_NOTES_WIDTH)
        self._data_page = QWidget()
        both = QHBoxLayout(self._data_page)
        both.setContentsMargins(0, 0, 0, 0)
        both.setSpacing(3 * GRID)
        both.addWidget(left, 1)
        both.addWidget(right)
        self._problem_page = QWidget()
        problem = QVBoxLayout(self._problem_page)
        problem.addStretch()
        problem.addWidget(self._mark)
        # In a row of its own: an aligned label would get the height that its text needs across the whole page.
        row = QHBoxLayout()
        row.addStretch()
        row.addWidget(self._problem)
        row.addStretch()
        problem.addLayout(row)
        problem.addStretch()
        for page in (self._doing, self._problem_page, self._data_page):
            self._pages.addWidget(page)
        foot = QHBoxLayout()
        foot.setSpacing(GRID)
        foot.addWidget(self.back_button)
        foot.addStretch()
        for button in (self.folder_button, self.file_button, self.use_button):
            foot.addWidget(button)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(3 * GRID, 2 * GRID, 3 * GRID, 2 * GRID)
        whole.setSpacing(4)
        whole.addWidget(self._title)
        whole.addWidget(self._facts)
        whole.addSpacing(GRID)
        whole.addWidget(self._pages, 1)
        whole.addSpacing(GRID)
        whole.addLayout(foot)

    def _show(self, page: QWidget) -> None:
        self._pages.setCurrentWidget(page)
        self.back_button.setText("Back")
        self.back_button.setToolTip("Back to the list (Esc)")
        self.use_button.setVisible(page is self._data_page)
        for button in (self.folder_button, self.file_button):
            button.setVisible(page is self._problem_page)


class _Reading(QWidget):
    """What is being read and how far it is, in the middle of the page."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("data-reading")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._theme = DARK
        self.text = ""
        self._fraction: float | None = None

    def set_work(self, text: str, fraction: float | None) -> None:
        self.text, self._fraction = text, fraction
        self.setAccessibleName(text)
        self.update()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(40 * GRID, 20 * GRID)

    def paintEvent(self, event: QPaintEvent) -> None:
        # Closed at once even if painting fails: a painter left open brings the process down.
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            middle = self.height() / 2
            painter.setPen(self._theme.text)
            painter.drawText(QRectF(0, middle - 28, self.width(), 20), Qt.AlignmentFlag.AlignCenter, self.text)
            width = min(40 * GRID, self.width())
            draw_bar(painter, QRectF((self.width() - width) / 2, middle + 4, width, 4), self._fraction, self._theme)


def _text(role: str = "") -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    if role:
        label.setProperty("role", role)
    return label


def _scrolled(content: QWidget) -> QScrollArea:
    scroll = QScrollArea()
    scroll.setWidgetResizable(True)
    scroll.setFrameShape(QFrame.Shape.NoFrame)
    scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    scroll.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # the arrows scroll it
    scroll.setWidget(content)
    return scroll
