"""The data dialog's first page: the list of data sets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QFont, QIcon, QKeyEvent
from PySide6.QtWidgets import QCheckBox, QLabel, QLineEdit, QListWidget, QListWidgetItem, QPushButton, QWidget

from mnist_viz.data.user.data_name import DRAWINGS
from mnist_viz.views import zoom
from mnist_viz.views.data.entry import DataEntry, Phase, megabytes
from mnist_viz.views.data.samples import GAP, SIDE, contact_sheet
from mnist_viz.views.detail_delegate import DETAIL, DetailDelegate
from mnist_viz.views.theme import BODY, DARK, GRID, TITLE, Theme, font
from mnist_viz.views.widgets import ProgressBar, column, heading, label, push_button, row, set_font, set_look

MIXABLE = "synthetic", DRAWINGS
"""The sets that can be mixed into others."""
_COLUMNS, _ROWS = 4, 2  # of samples
_PANE_WIDTH = 44 * GRID


@dataclass
class _State:
    """A data set and the state of the work on it."""

    entry: DataEntry
    phase: Phase = "rest"
    text: str = ""  # progress, or the result
    fraction: float | None = None

    @property
    def status(self) -> str:
        return self.text if self.phase == "working" else self.entry.status

    @property
    def sentence(self) -> str:
        return self.text if self.phase in ("failed", "done") else ""


class DataListPage(QWidget):
    """The list of data sets, and beside it what is known of the selected one and what can be done with it."""

    use_requested = Signal(str, tuple)  # key, keys of what is mixed in
    requested = Signal(str, str)  # "fetch", "cancel", "verify", or after a question "delete"; the key
    open_folder_requested = Signal()
    open_file_requested = Signal()
    place_requested = Signal()
    close_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("data-list")
        self._states: dict[str, _State] = {}
        self._mixes = {key: QCheckBox() for key in MIXABLE}
        self._asking = False  # whether to delete the selected set
        self._theme = DARK
        self.list = _List()
        self._delegate = DetailDelegate(lines=2)
        self.list.setItemDelegate(self._delegate)
        self._title, self._facts, self._origin = text_label("title"), text_label("muted"), text_label("muted")
        set_font(self._title, TITLE, QFont.Weight.DemiBold)
        self._status, self._line = text_label("title"), text_label()
        self._progress = ProgressBar()
        self.main_button = push_button("data-main", "Use", "")
        self.main_button.setProperty("kind", "primary")
        self.verify_button = push_button("data-verify", "Verify", "Read all its files again and compare checksums")
        self.delete_button = push_button("data-delete", "Delete…", "Delete its fetched files; asks first")
        self.fetch_again_button = push_button("data-fetch-again", "Fetch again", "Fetch its files once more")
        self.confirm_button = push_button("data-confirm", "Delete", "Delete its files")
        self.keep_button = push_button("data-keep", "Keep", "Delete nothing")
        self.open_folder_button, self.open_file_button = open_buttons("open")
        self.place_button = push_button("use-folder", "Use another folder…", "Look for data sets in another folder")
        self.close_button = push_button("close-data", "Close", "Close this (Esc)")
        self._place = QLineEdit()
        self._place.setObjectName("data-place")
        self._place.setReadOnly(True)
        self._place.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._mix_box = QWidget()
        row(
            label("Mix into the training examples:", "muted"), *self._mixes.values(), None, spacing=2 * GRID,
            parent=self._mix_box,
        )  # fmt: skip
        self._mix_box.hide()
        for key, box in self._mixes.items():
            box.setObjectName(f"mix-{key}")
            box.toggled.connect(self._show)
        self._lay_out()
        self.list.currentItemChanged.connect(self._on_selected)
        self.list.itemDoubleClicked.connect(self._on_entered)
        self.list.entered_key.connect(self._on_entered)
        self.main_button.clicked.connect(self._on_main_clicked)
        self.verify_button.clicked.connect(self._on_verify_clicked)
        self.delete_button.clicked.connect(self._on_delete_clicked)
        self.fetch_again_button.clicked.connect(self._on_fetch_again_clicked)
        self.confirm_button.clicked.connect(self._on_confirm_clicked)
        self.keep_button.clicked.connect(self._on_keep_clicked)
        self.open_folder_button.clicked.connect(self.open_folder_requested)
        self.open_file_button.clicked.connect(self.open_file_requested)
        self.place_button.clicked.connect(self.place_requested)
        self.close_button.clicked.connect(self.close_requested)

    def set_entries(self, entries: Sequence[DataEntry]) -> None:
        """List the data sets; those that stay keep the state of their work."""
        before, selected = self._states, self.selected
        self._states = {entry.name: before.get(entry.name) or _State(entry) for entry in entries}
        for entry in entries:
            self._states[entry.name].entry = entry
        if list(before) != self.keys:
            self.list.blockSignals(True)
            self.list.clear()
            for key in self.keys:
                item = QListWidgetItem(self.list)
                item.setData(Qt.ItemDataRole.UserRole, key)
            self.list.blockSignals(False)
        for key in self.keys:
            self._fill(key)
        if selected not in self._states and entries:
            selected = next((entry.name for entry in entries if entry.in_use), entries[0].name)
        self.select(selected)
        self._show()

    def set_mixable(self, titles: Mapping[str, str]) -> None:
        """Offer what there is of `MIXABLE` to be mixed into the training examples: titles by key."""
        for key, box in self._mixes.items():
            box.setText(titles.get(key, ""))
            box.setVisible(key in titles)
            box.setChecked(box.isChecked() and key in titles)
        self._mix_box.setVisible(bool(titles))
        self._show()

    def set_mixed(self, keys: Sequence[str]) -> None:
        for key, box in self._mixes.items():
            box.setChecked(key in keys)

    def set_place(self, path: str) -> None:
        """Say where the data sets are looked for."""
        self._place.setText(path)
        self._place.setCursorPosition(0)
        self._place.setToolTip(f"Data sets are looked for in {path}, and fetched into it")
        self._place.setAccessibleName(path)

    def set_phase(self, key: str, phase: Phase, text: str = "", fraction: float | None = None) -> None:
        """Show the work on a set: its progress (0 to 1, or None), or its result as a sentence."""
        if key in self._states:
            state = self._states[key]
            state.phase, state.text, state.fraction = phase, text, fraction
            self._asking = self._asking and key != self.selected
            self._fill(key)
            self._show()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._delegate.set_theme(theme)
        for key in self.keys:
            self._fill(key)

    @property
    def keys(self) -> list[str]:
        return list(self._states)

    @property
    def selected(self) -> str:
        """The key of the set that is selected; empty if there are none."""
        item = self.list.currentItem()
        return str(item.data(Qt.ItemDataRole.UserRole)) if item is not None else ""

    @property
    def mixed(self) -> tuple[str, ...]:
        return tuple(key for key, box in self._mixes.items() if box.isChecked() and box.isEnabled())

    def mix_box(self, key: str) -> QCheckBox:
        return self._mixes[key]

    @property
    def place(self) -> str:
        return self._place.text()

    def status(self, key: str) -> str:
        """The status of a set, or the progress of the work on it."""
        return self._states[key].status

    def sentence(self, key: str) -> str:
        return self._states[key].sentence

    def sample_count(self, key: str) -> int:
        samples = self._states[key].entry.samples
        return 0 if samples is None else len(samples)

    @property
    def question(self) -> str:
        return self._line.text() if self._asking else ""

    def select(self, key: str, *, focus: bool = False) -> None:
        """Select a set, and bring it into sight."""
        if key in self._states:
            self.list.setCurrentRow(self.keys.index(key))
        if focus:
            self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _on_selected(self) -> None:
        self._asking = False
        self._show()

    @Slot()
    def _on_entered(self) -> None:
        """Use a set that is present; Enter neither downloads nor cancels, but focuses the button."""
        state = self._states[self.selected]
        if state.phase != "working" and state.entry.present and self.main_button.isEnabled():
            self._on_main_clicked()
        else:
            self.main_button.setFocus(Qt.FocusReason.TabFocusReason)

    @Slot()
    def _on_main_clicked(self) -> None:
        state = self._states[self.selected]
        if state.phase == "working":
            self.requested.emit("cancel", self.selected)
        elif state.entry.present:
            self.use_requested.emit(self.selected, self.mixed)
        else:
            self.requested.emit("fetch", self.selected)

    @Slot()
    def _on_verify_clicked(self) -> None:
        self.requested.emit("verify", self.selected)

    @Slot()
    def _on_fetch_again_clicked(self) -> None:
        self.requested.emit("fetch", self.selected)

    @Slot()
    def _on_delete_clicked(self) -> None:
        self._asking = True
        self._show()
        self.keep_button.setFocus(Qt.FocusReason.TabFocusReason)

    @Slot()
    def _on_keep_clicked(self) -> None:
        self._asking = False
        self.list.setFocus()
        self._show()

    @Slot()
    def _on_confirm_clicked(self) -> None:
        self._on_keep_clicked()
        self.requested.emit("delete", self.selected)

    def _fill(self, key: str) -> None:
        state, item = self._states[key], self.list.item(self.keys.index(key))
        entry = state.entry
        item.setText(entry.title)
        item.setFont(font(zoom.px(BODY), QFont.Weight.DemiBold if entry.in_use else QFont.Weight.Normal))
        item.setData(DETAIL, f"{entry.facts}\n{state.sentence or state.status}")
        sheet = contact_sheet(entry.samples, _COLUMNS, _ROWS, self._theme, self.devicePixelRatioF())
        icon = QIcon(sheet)
        icon.addPixmap(sheet, QIcon.Mode.Selected)  # or Qt would tint it
        item.setIcon(icon)
        said = f"{entry.title}, {entry.facts}, {state.sentence or state.status}"
        item.setData(Qt.ItemDataRole.AccessibleTextRole, said)

    @Slot()
    def _show(self) -> None:
        """Update the pane beside the list."""
        if self.selected not in self._states:
            return
        state = self._states[self.selected]
        entry, working = state.entry, state.phase == "working"
        for key, box in self._mixes.items():
            fits = key in entry.mixes
            box.setEnabled(fits)
            tip = "Train on these examples too; validation and test stay as they are"
            box.setToolTip(tip if fits else f"{box.text()} do not fit {entry.title}: other classes or another size")
        self._title.setText(entry.title)
        self._facts.setText(entry.facts)
        self._origin.setText(entry.origin)
        self._status.setText(state.status)
        self._status.setToolTip(f"In {entry.folder}" if entry.folder is not None else "")
        self._progress.show_progress(state.fraction if working else None)
        question = f"Delete the {megabytes(entry.bytes_here)} of {entry.title}? They can be fetched again."
        self._line.setText(question if self._asking else state.sentence)
        set_look(self._line, role="problem" if state.phase == "failed" and not self._asking else "muted")
        damaged = state.phase == "failed" and entry.present and entry.download_bytes > 0
        idle = entry.present and not working and not self._asking
        text, tip = self._main_words(state)
        self.main_button.setText(text)
        self.main_button.setToolTip(tip)
        self.main_button.setAccessibleName(f"{text}: {entry.title}")
        used_so = entry.in_use and self.mixed == entry.mixed  # not to be used again in the same way
        self.main_button.setEnabled(working or not used_so)
        self.verify_button.setVisible(idle and entry.folder is not None)
        self.delete_button.setVisible(idle and entry.fetched)
        self.fetch_again_button.setVisible(damaged and not entry.fetched)
        self.confirm_button.setVisible(self._asking)
        self.keep_button.setVisible(self._asking)

    @staticmethod
    def _main_words(state: _State) -> tuple[str, str]:
        title = state.entry.title
        if state.phase == "working":
            return "Cancel", "Stop; no partial files are left"
        if state.entry.present:
            return "Use", f"Train on {title} (Enter)"
        size = megabytes(state.entry.download_bytes)
        return "Retry" if state.phase == "failed" else "Fetch", f"Fetch {title} from the network ({size})"

    def _lay_out(self) -> None:
        hint = "Nothing is fetched unless you ask for it. Drop a folder or a file here to use data of your own."
        titles = column(heading("Data sets"), label(hint, "muted", wrap=True), spacing=2)
        pane = QWidget()
        pane.setFixedWidth(_PANE_WIDTH)
        column(
            self._title, self._facts, self._origin, self._status, self._progress, self._line,
            row(None, self.confirm_button, self.keep_button), None,
            row(None, self.verify_button, self.delete_button, self.fetch_again_button, self.main_button),
            margins=(GRID, 0, 0, 0), parent=pane,
        )  # fmt: skip
        column(
            row((titles, 1), self.open_folder_button, self.open_file_button),
            (row((self.list, 1), pane, spacing=12), 1),
            self._mix_box,
            row(label("Folder:", "muted"), (self._place, 1), self.place_button, self.close_button),
            spacing=12, margins=(3 * GRID, 2 * GRID, 3 * GRID, 2 * GRID), parent=self,
        )  # fmt: skip
        # The list and the selected set's buttons first, then the mixture, the footer and the header.
        chain = [
            self.list, self.verify_button, self.delete_button, self.fetch_again_button, self.main_button,
            self.confirm_button, self.keep_button, *self._mixes.values(), self.place_button, self.close_button,
            self.open_folder_button, self.open_file_button,
        ]  # fmt: skip
        for first, second in pairwise(chain):
            QWidget.setTabOrder(first, second)


class _List(QListWidget):
    """Tells Enter to the page alone: to the dialog it means the button that has the focus by then."""

    entered_key = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("data-sets")
        self.setAccessibleName("Data sets")
        self.setIconSize(QSize(_COLUMNS * (SIDE + GAP) - GAP, _ROWS * (SIDE + GAP) - GAP))
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered_key.emit()
        else:
            super().keyPressEvent(event)


def text_label(role: str = "") -> QLabel:
    """A text of any length that can be selected."""
    made = label(role=role, wrap=True)
    made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return made


def open_buttons(prefix: str) -> tuple[QPushButton, QPushButton]:
    """Buttons to open a folder, and a file, of the user's own data."""
    folder = push_button(f"{prefix}-folder", "Open a folder…", "A subfolder of pictures for each class")
    kinds = "Arrays (.npz, .npy), a table (.csv), IDX files, or a .zip of any of these or of pictures"
    return folder, push_button(f"{prefix}-file", "Open a file…", kinds)
