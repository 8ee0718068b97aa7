"""One data set in the data dialog: what it is, how it stands, and what can be done with it."""

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QFont, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from mnist_viz.views.data.entry import DataEntry, Phase, megabytes
from mnist_viz.views.data.samples import SampleBlock
from mnist_viz.views.data.status import SIDE_WIDTH, DataStatus
from mnist_viz.views.data.widgets import set_kind, set_role, text_label
from mnist_viz.views.theme import BODY, DARK, GRID, RADIUS, SMALL, Theme, color, font


class DataRow(QFrame):
    """Shows a `DataEntry`; speaks of what the user wants done with it.

    Buttons that are rarely wanted show only in the row that is selected, and only its buttons are reached by Tab.
    """

    selected = Signal(str)  # key
    use_requested = Signal(str)
    fetch_requested = Signal(str)
    cancel_requested = Signal(str)
    verify_requested = Signal(str)
    delete_requested = Signal(str)  # after it was asked for a second time

    def __init__(self, entry: DataEntry, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"data-row-{entry.key}")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.entry = entry
        self.phase: Phase = "rest"
        self._is_selected = False
        self._asking = False  # whether to delete
        self._in_use_so = False  # in use, with just what is to be mixed in
        self._theme = DARK
        self.samples = SampleBlock()
        self._title = QLabel()
        self._title.setFont(font(BODY, QFont.Weight.DemiBold))
        self._facts = text_label("muted")
        self._origin = text_label("muted")
        self._origin.setFont(font(SMALL))
        self._origin.setWordWrap(True)
        for label in (self._facts, self._origin):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            label.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            label.setCursor(Qt.CursorShape.IBeamCursor)
            label.installEventFilter(self)
        self._status = DataStatus()
        self.main_button = self._button("main")
        self.verify_button = self._button("verify")
        self.verify_button.setText("Verify")
        self.delete_button = self._button("delete")
        self.delete_button.setText("Delete…")
        self.fetch_again_button = self._button("fetch-again")
        self.fetch_again_button.setText("Fetch again")
        self._line = text_label()
        self._line.setWordWrap(True)
        self._line.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._line.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.confirm_button, self.keep_button = self._button("confirm"), self._button("keep")
        self.confirm_button.setText("Delete")
        self.keep_button.setText("Keep")
        self._lay_out()
        self.main_button.clicked.connect(self.act)
        self.verify_button.clicked.connect(self._on_verify_clicked)
        self.delete_button.clicked.connect(self._on_delete_clicked)
        self.fetch_again_button.clicked.connect(self._on_fetch_again_clicked)
        self.confirm_button.clicked.connect(self._on_confirm_clicked)
        self.keep_button.clicked.connect(self._on_keep_clicked)
        self.set_entry(entry)

    # Values in

    def set_entry(self, entry: DataEntry) -> None:
        self.entry = entry
        self._title.setText(entry.title)
        self._facts.setText(entry.facts)
        source = entry.source[:1].upper() + entry.source[1:]
        self._origin.setText(" ".join(f"{part}." for part in (_licence(entry.licence), source) if part))
        self._origin.setToolTip(entry.source)
        if not entry.present:
            self.samples.set_pictures(None)
        self._show()

    def set_phase(self, phase: Phase, text: str = "", fraction: float | None = None) -> None:
        """Say what goes on, with how far it is (0 to 1, or None), or in a sentence how it ended."""
        self.phase = phase
        self._asking = False
        self._status.set_work(text if phase == "working" else None, fraction)
        self._line.setText("" if phase in ("rest", "working") else text)
        self._show()

    def set_selected(self, selected: bool) -> None:
        self._is_selected = selected
        if not selected:
            self._asking = False
        self._show()

    def set_mixed(self, keys: tuple[str, ...]) -> None:
        """Say what is to be mixed in: a set that is in use with just that is not to be used again."""
        self._in_use_so = self.entry.in_use and keys == self.entry.mixed
        self._show()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.samples.set_theme(theme)
        self._status.set_theme(theme)
        self.update()

    # What it says

    @property
    def status(self) -> str:
        return self._status.text

    @property
    def sentence(self) -> str:
        """What the line below says, if there is one."""
        return self._line.text() if self._line.isVisibleTo(self) else ""

    # Events

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """A text that can be selected keeps the click, which selects the row as well."""
        if event.type() == QEvent.Type.MouseButtonPress:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self.selected.emit(self.entry.key)
        return super().eventFilter(watched, event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self.selected.emit(self.entry.key)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        # Closed at once even if painting fails: a painter left open brings the process down.
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            theme, chosen = self._theme, self._is_selected
            edge = theme.accent if self.hasFocus() else theme.muted if chosen else theme.border
            painter.setPen(QPen(color(edge), 1.0))
            painter.setBrush(color(theme.panel))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)

    # Slots

    @Slot()
    def act(self) -> None:
        """Do what the main button says."""
        entry = self.entry
        if self.phase == "working":
            self.cancel_requested.emit(entry.key)
        elif entry.present:
            self.use_requested.emit(entry.key)
        else:
            self.fetch_requested.emit(entry.key)

    @Slot()
    def _on_verify_clicked(self) -> None:
        self.verify_requested.emit(self.entry.key)

    @Slot()
    def _on_delete_clicked(self) -> None:
        self._asking = True
        self._show()
        self.keep_button.setFocus(Qt.FocusReason.TabFocusReason)

    @Slot()
    def _on_fetch_again_clicked(self) -> None:
        self.fetch_requested.emit(self.entry.key)

    @Slot()
    def _on_confirm_clicked(self) -> None:
        self._asking = False
        self._show()
        self.setFocus()
        self.delete_requested.emit(self.entry.key)

    @Slot()
    def _on_keep_clicked(self) -> None:
        self._asking = False
        self._show()
        self.setFocus()

    # Making

    def _button(self, name: str) -> QPushButton:
        button = QPushButton()
        button.setObjectName(f"data-{name}")
        button.setAutoDefault(False)
        button.installEventFilter(self)
        return button

    def _lay_out(self) -> None:
        text = QVBoxLayout()
        text.setSpacing(2)
        for label in (self._title, self._facts, self._origin):
            text.addWidget(label)
        text.addStretch()
        buttons = QHBoxLayout()
        buttons.setSpacing(GRID)
        buttons.addStretch()
        for button in (self.verify_button, self.delete_button, self.fetch_again_button, self.main_button):
            buttons.addWidget(button)
        side = QVBoxLayout()
        side.setSpacing(4)
        self._status.setFixedWidth(SIDE_WIDTH)
        side.addWidget(self._status)
        side.addStretch()
        side.addLayout(buttons)
        top = QHBoxLayout()
        top.setSpacing(2 * GRID)
        top.addWidget(self.samples, 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(text, 1)
        top.addLayout(side)
        below = QHBoxLayout()
        below.setSpacing(GRID)
        below.addWidget(self._line, 1)
        below.addWidget(self.confirm_button)
        below.addWidget(self.keep_button)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(12, 12, 12, 12)
        whole.setSpacing(GRID)
        whole.addLayout(top)
        whole.addLayout(below)

    def _show(self) -> None:
        """Bring every part into line with the entry, the phase, and whether the row is selected."""
        entry, working = self.entry, self.phase == "working"
        resting = not working
        self._status.set_state(*_state(entry), tip=f"In {entry.place}" if entry.place else "")
        self.main_button.setText(self._main_text())
        self.main_button.setEnabled(working or not self._in_use_so)
        self.main_button.setToolTip(self._main_tip())
        self.main_button.setAccessibleName(f"{self._main_text()}: {entry.title}")
        set_kind(self.main_button, "primary" if self._is_selected and entry.present and resting else "")
        damaged = self.phase == "failed" and entry.present and entry.bytes_to_fetch > 0
        idle = self._is_selected and resting and entry.present and not self._asking
        self.verify_button.setVisible(idle and bool(entry.place))
        self.verify_button.setToolTip(f"Read all of {entry.title} again, and see whether it is whole")
        self.delete_button.setVisible(idle and entry.deletable)
        self.delete_button.setToolTip(f"Delete the files of {entry.title}, which the program fetched; asks first")
        self.fetch_again_button.setVisible(self._is_selected and damaged and not entry.deletable)
        self.fetch_again_button.setToolTip(f"Fetch {entry.title} once more ({megabytes(entry.bytes_to_fetch)})")
        if self._asking:
            self._line.setText(f"Delete the {megabytes(entry.bytes_here)} of {entry.title}? They can be fetched again.")
        elif self.phase in ("rest", "working"):
            self._line.setText("")
        self._line.setVisible(bool(self._line.text()))
        set_role(self._line, "problem" if self.phase == "failed" and not self._asking else "muted")
        self.confirm_button.setVisible(self._asking)
        self.confirm_button.setToolTip(f"Delete the files of {entry.title}")
        self.keep_button.setVisible(self._asking)
        self.keep_button.setToolTip("Delete nothing")
        tab = Qt.FocusPolicy.StrongFocus if self._is_selected else Qt.FocusPolicy.ClickFocus
        self.setFocusPolicy(tab)
        for button in self.findChildren(QPushButton):
            button.setFocusPolicy(tab)
        said = self.sentence or self._status.text
        self.setAccessibleName(f"{entry.title}, {entry.facts}, {said}")
        self.update()

    def _main_text(self) -> str:
        entry = self.entry
        if self.phase == "working":
            return "Cancel"
        if entry.present:
            return "Use"
        return "Retry" if self.phase == "failed" else "Fetch"

    def _main_tip(self) -> str:
        entry = self.entry
        if self.phase == "working":
            return "Stop this; nothing half-made is left behind"
        if entry.present:
            return f"Train on {entry.title} (Enter)"
        return f"Fetch {entry.title} from the network ({megabytes(entry.bytes_to_fetch)})"


def _state(entry: DataEntry) -> tuple[str, bool]:
    """How the set stands, in words, and whether it is in use."""
    size = f" · {megabytes(entry.bytes_here)} on disk" if entry.bytes_here else ""
    if entry.in_use:
        return (f"In use with {' and '.join(entry.mixed_titles)}" if entry.mixed_titles else f"In use{size}"), True
    if entry.present:
        return f"Here{size}", False
    return f"Not here · {megabytes(entry.bytes_to_fetch)} to fetch", False


def _licence(licence: str) -> str:
    return f"Licence: {licence}" if licence else ""
