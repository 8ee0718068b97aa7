"""The data dialog's first page: all data sets, what to mix in, where they are, and the way to one's own data."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from PySide6.QtCore import QCoreApplication, QEvent, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFont, QKeyEvent
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from mnist_viz.views.data.entry import DataEntry, Phase, Pictures
from mnist_viz.views.data.row import DataRow
from mnist_viz.views.data.widgets import KeylessScroll, PathLabel, push_button
from mnist_viz.views.theme import DARK, GRID, TITLE, Theme, font

_PAGE_ROWS = 4


class DataListPage(QWidget):
    """The rows, one of them selected; arrows move the selection, Enter does what its button says.

    Attributes:
        rows: by the key of the data set, in order.
    """

    use_requested = Signal(str, tuple)  # key, keys of what is mixed in
    fetch_requested = Signal(str)
    cancel_requested = Signal(str)
    verify_requested = Signal(str)
    delete_requested = Signal(str)
    open_folder_requested = Signal()
    open_file_requested = Signal()
    place_requested = Signal()
    close_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("data-list")
        self.rows: dict[str, DataRow] = {}
        self._selected = ""
        self._mixes: dict[str, QCheckBox] = {}
        self._theme = DARK
        self.open_folder_button = push_button("open-folder", "Open a folder…", "A subfolder of pictures for each class")
        self.open_file_button = push_button("open-file", "Open a file…", "An .npz archive, or a table as .csv")
        self.place_button = push_button("use-folder", "Use another folder…", "Look for data sets in another folder")
        self.close_button = push_button("close-data", "Close", "Close this (Esc)")
        self._place = PathLabel()
        self._rows = QVBoxLayout()
        self._rows.setSpacing(GRID)
        self._mix_row = QHBoxLayout()
        self._mix_row.setSpacing(2 * GRID)
        self._mix_box = QWidget()
        self._scroll = KeylessScroll()
        self._lay_out()
        self.open_folder_button.clicked.connect(self.open_folder_requested)
        self.open_file_button.clicked.connect(self.open_file_requested)
        self.place_button.clicked.connect(self.place_requested)
        self.close_button.clicked.connect(self.close_requested)

    # Values in

    def set_entries(self, entries: Sequence[DataEntry]) -> None:
        """List the data sets; rows that stay keep what goes on in them."""
        if list(self.rows) != [entry.key for entry in entries]:
            for row in self.rows.values():
                self._rows.removeWidget(row)
            before, self.rows = self.rows, {}
            for entry in entries:
                row = before.pop(entry.key) if entry.key in before else self._make_row(entry)
                self.rows[entry.key] = row
                self._rows.insertWidget(self._rows.count() - 1, row)
                row.show()  # at once, so that it has its place when it is to be brought into sight
            for row in before.values():
                row.hide()
                row.deleteLater()
            self._set_tab_order()
        for entry in entries:
            self.rows[entry.key].set_entry(entry)
        if self._selected not in self.rows and entries:
            self.select(next((entry.key for entry in entries if entry.in_use), entries[0].key))
        else:
            self._show_mixes()

    def set_mixable(self, titles: Mapping[str, str]) -> None:
        """Offer what can be mixed into the training examples: titles by key."""
        if list(titles) != list(self._mixes):
            for box in self._mixes.values():
                self._mix_row.removeWidget(box)
                box.hide()
                box.deleteLater()
            self._mixes = {}
            for key in titles:
                box = QCheckBox()
                box.setObjectName(f"mix-{key}")
                box.toggled.connect(self._show_mixes)
                self._mixes[key] = box
                self._mix_row.insertWidget(self._mix_row.count() - 1, box)
            self._set_tab_order()
        for key, title in titles.items():
            self._mixes[key].setText(title)
        self._mix_box.setVisible(bool(titles))
        self._show_mixes()

    def set_mixed(self, keys: Sequence[str]) -> None:
        """Check what is mixed in now."""
        for key, box in self._mixes.items():
            box.setChecked(key in keys)

    def set_place(self, path: str) -> None:
        """Say where the data sets are looked for."""
        self._place.set_path(path)

    def set_phase(self, key: str, phase: Phase, text: str = "", fraction: float | None = None) -> None:
        if key in self.rows:
            self.rows[key].set_phase(phase, text, fraction)

    def set_samples(self, key: str, pictures: Pictures) -> None:
        if key in self.rows:
            self.rows[key].samples.set_pictures(pictures)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        for row in self.rows.values():
            row.set_theme(theme)

    # What it says

    @property
    def selected(self) -> str:
        """The key of the row that is selected; empty if there are no rows."""
        return self._selected

    @property
    def mixed(self) -> tuple[str, ...]:
        """The keys of what is to be mixed in."""
        return tuple(key for key, box in self._mixes.items() if box.isChecked() and box.isEnabled())

    def mix_box(self, key: str) -> QCheckBox:
        return self._mixes[key]

    @property
    def place(self) -> str:
        return self._place.path

    # Selecting

    def select(self, key: str, *, focus: bool = False) -> None:
        """Select a row, and bring it into sight."""
        if key not in self.rows:
            return
        if key != self._selected:
            # The new one first: what is not selected cannot keep the focus.
            before, self._selected = self.rows.get(self._selected), key
            self.rows[key].set_selected(True)
            if focus:
                self.rows[key].setFocus(Qt.FocusReason.OtherFocusReason)
            if before is not None:
                before.set_selected(False)
            self._show_mixes()
        elif focus:
            self.rows[key].setFocus(Qt.FocusReason.OtherFocusReason)
        # Once the layout has given it its place.
        QTimer.singleShot(0, self._show_selected)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = list(self.rows)
        here = self.focusWidget()
        if not keys or not isinstance(here, DataRow):
            super().keyPressEvent(event)
            return
        at = keys.index(self._selected)
        targets = {
            Qt.Key.Key_Up: at - 1,
            Qt.Key.Key_Down: at + 1,
            Qt.Key.Key_PageUp: at - _PAGE_ROWS,
            Qt.Key.Key_PageDown: at + _PAGE_ROWS,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: len(keys) - 1,
        }
        key = Qt.Key(event.key())
        if key in targets:
            self.select(keys[min(max(targets[key], 0), len(keys) - 1)], focus=True)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            row = self.rows[self._selected]
            if row.phase != "working" and row.entry.present and row.main_button.isEnabled():
                row.act()
            else:
                # Nothing is fetched, and nothing stopped, by a key that was meant for something else.
                row.main_button.setFocus(Qt.FocusReason.TabFocusReason)
        else:
            super().keyPressEvent(event)

    # Slots

    @Slot(str)
    def _on_row_selected(self, key: str) -> None:
        self.select(key)

    @Slot(str)
    def _on_use_requested(self, key: str) -> None:
        self.select(key)
        self.use_requested.emit(key, self.mixed)

    @Slot()
    def _show_selected(self) -> None:
        if self._selected in self.rows:
            QCoreApplication.sendPostedEvents(self._scroll.widget(), QEvent.Type.LayoutRequest.value)
            self._scroll.ensureWidgetVisible(self.rows[self._selected], 0, GRID)

    # Making

    def _make_row(self, entry: DataEntry) -> DataRow:
        row = DataRow(entry)
        row.set_theme(self._theme)
        row.selected.connect(self._on_row_selected)
        row.use_requested.connect(self._on_use_requested)
        row.fetch_requested.connect(self.fetch_requested)
        row.cancel_requested.connect(self.cancel_requested)
        row.verify_requested.connect(self.verify_requested)
        row.delete_requested.connect(self.delete_requested)
        return row

    def _lay_out(self) -> None:
        heading = QLabel("Data sets")
        heading.setFont(font(TITLE, QFont.Weight.DemiBold))
        hint = QLabel("Nothing is fetched unless you ask for it. Drop a folder or a file here to use data of your own.")
        hint.setProperty("role", "muted")
        titles = QVBoxLayout()
        titles.setSpacing(2)
        titles.addWidget(heading)
        titles.addWidget(hint)
        top = QHBoxLayout()
        top.setSpacing(GRID)
        top.addLayout(titles, 1)
        top.addWidget(self.open_folder_button)
        top.addWidget(self.open_file_button)
        content = QWidget()
        self._rows.setContentsMargins(0, 0, GRID, 0)
        self._rows.addStretch()
        content.setLayout(self._rows)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(content)
        caption = QLabel("Mix into the training examples:")
        caption.setProperty("role", "muted")
        self._mix_row.setContentsMargins(0, 0, 0, 0)
        self._mix_row.addWidget(caption)
        self._mix_row.addStretch()
        self._mix_box.setLayout(self._mix_row)
        self._mix_box.hide()
        foot = QHBoxLayout()
        foot.setSpacing(GRID)
        folder = QLabel("Folder:")
        folder.setProperty("role", "muted")
        foot.addWidget(folder)
        foot.addWidget(self._place, 1)
        foot.addWidget(self.place_button)
        foot.addSpacing(GRID)
        foot.addWidget(self.close_button)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(3 * GRID, 2 * GRID, 3 * GRID, 2 * GRID)
        whole.setSpacing(12)
        whole.addLayout(top)
        whole.addWidget(self._scroll, 1)
        whole.addWidget(self._mix_box)
        whole.addLayout(foot)

    def _set_tab_order(self) -> None:
        """The selected row and its buttons first, then what is to be mixed in, then the foot and the head."""
        chain: list[QWidget] = []
        for row in self.rows.values():
            chain += [row, row.verify_button, row.delete_button, row.fetch_again_button, row.main_button]
            chain += [row.confirm_button, row.keep_button]
        chain += [*self._mixes.values(), self.place_button, self.close_button]
        chain += [self.open_folder_button, self.open_file_button]
        for first, second in pairwise(chain):
            QWidget.setTabOrder(first, second)

    @Slot()
    def _show_mixes(self) -> None:
        """What can be mixed in depends on the set that is selected."""
        row = self.rows.get(self._selected)
        for key, box in self._mixes.items():
            fits = row is not None and key in row.entry.mixes
            box.setEnabled(fits)
            title = row.entry.title if row is not None else ""
            tip = "Train on these examples too; validation and test stay as they are"
            box.setToolTip(tip if fits else f"{box.text()} do not fit {title}: other classes or another size")
        for each in self.rows.values():
            each.set_mixed(tuple(k for k, box in self._mixes.items() if box.isChecked() and k in each.entry.mixes))
