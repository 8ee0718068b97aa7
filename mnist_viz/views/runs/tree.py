"""The runs of a session as a tree: chosen, renamed, coloured, hidden and deleted by mouse and keys."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractItemModel, QEvent, QPoint, QRect, Qt, Signal, Slot
from PySide6.QtGui import QAction, QColor, QContextMenuEvent, QFont, QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import (
    QHeaderView,
    QLineEdit,
    QMenu,
    QStyle,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from mnist_viz.recording.run_words import MAX_NAME, RUN_COLORS
from mnist_viz.views import icons
from mnist_viz.views.detail_delegate import DETAIL, DetailDelegate, Index
from mnist_viz.views.theme import BODY, DARK, Theme, font

COLOR_NAMES = ("Blue", "Amber", "Green", "Pink", "Orange", "Violet", "Yellow", "Brown")
"""What a menu calls the colours of the theme."""

_STEP, _MOST_INDENT = 16, 0.25
"""Pixels by which a branch is indented; the share of the width that a deep tree may take for it."""


@dataclass(frozen=True)
class RunRow:
    """One run.

    Attributes:
        number: tells it from the others.
        name: for people.
        color: number of its colour.
        depth: how many runs were left for it; a run follows the one that it left, and that one's branches before it.
        origin: where it began, such as "from epoch 3 of Run 1".
        settings: what differs from the run that it left, or what it began with.
        epochs: how many it has trained.
        best: its best validation accuracy, 0 to 1; None before the first epoch's end.
        visible: whether its curves are shown.
        active: whether it is the one that the window shows.
        trains: whether it is being trained now.
    """

    number: int
    name: str
    color: int
    depth: int
    origin: str
    settings: str
    epochs: float
    best: float | None
    visible: bool
    active: bool
    trains: bool

    @property
    def length(self) -> str:
        """How long it has been trained."""
        number = f"{self.epochs:,.0f}" if self.epochs == round(self.epochs) else f"{self.epochs:,.1f}"
        return f"{number} epoch{'' if number == '1' else 's'}"

    @property
    def accuracy(self) -> str:
        return f"{self.best:.2%}" if self.best is not None else ""

    @property
    def described(self) -> list[str]:
        """Where it began, what was set, how long it was trained and how well it does."""
        best = f"best validation accuracy {self.accuracy}" if self.accuracy else ""
        return [part for part in (self.origin, self.settings, self.length, best) if part]

    @property
    def spoken(self) -> str:
        """All of it, for a screen reader."""
        states = [("active", self.active), ("trains now", self.trains), ("hidden in the plots", not self.visible)]
        return ", ".join([self.name, *(word for word, holds in states if holds), *self.described])


class RunsTree(QTreeWidget):
    """Shows a run an item: its check box says whether its curves are shown, its icon is its colour.

    What the user does is only told: the session changes the run, and new rows come.
    """

    activated_run = Signal(int)  # number
    renamed = Signal(int, str)
    recolored = Signal(int, int)
    visibility_toggled = Signal(int, bool)
    delete_requested = Signal(int)
    branch_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("runs-list")
        self.setAccessibleName("Runs")
        self.rows: tuple[RunRow, ...] = ()
        self._items: dict[int, QTreeWidgetItem] = {}
        self._delegate = _RunDelegate()
        self._theme = DARK
        self._can_branch = False
        self._released = QPoint()
        self.setItemDelegate(self._delegate)
        self.setColumnCount(2)
        self.setHeaderHidden(True)
        self.header().setStretchLastSection(False)
        self.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setExpandsOnDoubleClick(False)
        self.setEditTriggers(self.EditTrigger.DoubleClicked | self.EditTrigger.EditKeyPressed)
        self.setVerticalScrollMode(self.ScrollMode.ScrollPerPixel)
        self._delegate.renamed.connect(self.renamed)
        self.itemClicked.connect(self._on_clicked)
        self.itemActivated.connect(self._on_activated)
        self.itemChanged.connect(self._on_changed)

    # Values in

    def set_rows(self, rows: Sequence[RunRow]) -> None:
        """Show `rows`; the items stay where only what they say has changed."""
        before, self.rows = self.rows, tuple(rows)
        chosen, was_active, active = self.current, _active(before), _active(rows)
        self.blockSignals(True)  # an item that is filled is not one that somebody has changed
        if [(row.number, row.depth) for row in before] != [(row.number, row.depth) for row in rows]:
            self._build()
            before = ()
        for row in set(self.rows).difference(before):
            self._fill(self._items[row.number], row)
        self.blockSignals(False)
        if chosen not in self._items or active != was_active:
            chosen = active
        if chosen in self._items and chosen != self.current:
            self.setCurrentItem(self._items[chosen])

    def set_can_branch(self, can: bool) -> None:
        self._can_branch = can

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._delegate.set_theme(theme)
        rows, self.rows = self.rows, ()  # so that every item is filled anew
        self.set_rows(rows)

    @property
    def current(self) -> int | None:
        """The number of the run that the keys are for."""
        item = self.currentItem()
        return _number(item) if item is not None else None

    def part_rect(self, number: int, part: QStyle.SubElement) -> QRect:
        """Where the check box, the icon or the name of a run is drawn, in the viewport."""
        index = self.indexFromItem(self._items[number])
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        option.rect = self.visualRect(index)
        return self._delegate.part(part, option, index)

    # Items

    def _build(self) -> None:
        self.clear()
        self._items = {}
        above: list[QTreeWidgetItem] = [self.invisibleRootItem()]
        for row in self.rows:
            item = QTreeWidgetItem(above[row.depth])
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable | Qt.ItemFlag.ItemIsUserCheckable)
            item.setData(0, Qt.ItemDataRole.UserRole, row.number)
            item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight)
            self._items[row.number] = item
            above[row.depth + 1 :] = [item]
        self.expandAll()
        self._indent()

    def _fill(self, item: QTreeWidgetItem, row: RunRow) -> None:
        theme = self._theme
        ink = QColor(theme.text if row.visible else theme.muted)
        weight = QFont.Weight.DemiBold if row.active else QFont.Weight.Normal
        item.setText(0, row.name)
        item.setData(0, DETAIL, f"{row.origin}\n{row.settings}")
        item.setCheckState(0, Qt.CheckState.Checked if row.visible else Qt.CheckState.Unchecked)
        item.setIcon(0, icons.icon("swatch" if row.visible else "swatch-hidden", theme.run_color(row.color)))
        item.setText(1, row.accuracy)
        item.setData(1, DETAIL, f"▶ {row.length}" if row.trains else row.length)
        item.setData(0, Qt.ItemDataRole.AccessibleTextRole, row.spoken)
        for column in (0, 1):
            item.setForeground(column, ink)
            item.setFont(column, font(BODY, weight))
            item.setToolTip(column, "\n".join([row.name, *row.described]))

    def _indent(self) -> None:
        deepest = max((row.depth for row in self.rows), default=0) + 1
        self.setIndentation(round(min(_STEP, _MOST_INDENT * self.viewport().width() / deepest)))

    def _row(self, number: int) -> RunRow:
        return next(row for row in self.rows if row.number == number)

    # Menus

    def make_menu(self, number: int) -> QMenu:
        """What can be done with a run."""
        row = self._row(number)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._entry(menu, "activate", "Make active", number, "Return").setEnabled(not row.active)
        self._entry(menu, "rename", "Rename", number, "F2")
        self._fill_colors(menu.addMenu("Colour"), row)
        self._entry(menu, "toggle", "Hide in the plots" if row.visible else "Show in the plots", number)
        menu.addSeparator()
        # It goes on from the moment that the window shows, which is the active run's.
        self._entry(menu, "branch", "Continue from here…", number, "C").setEnabled(row.active and self._can_branch)
        menu.addSeparator()
        self._entry(menu, "delete", "Delete", number, "Delete")
        return menu

    def _make_color_menu(self, number: int) -> QMenu:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._fill_colors(menu, self._row(number))
        return menu

    def _fill_colors(self, menu: QMenu, row: RunRow) -> None:
        for k, name in enumerate(COLOR_NAMES):
            chosen = k == row.color % RUN_COLORS
            icon = icons.icon("swatch-chosen" if chosen else "swatch", self._theme.run_color(k))
            action = menu.addAction(icon, name)
            action.setObjectName(f"color-{k}")
            action.setCheckable(True)
            action.setChecked(chosen)
            action.setData((row.number, k))
            action.triggered.connect(self._on_color_chosen)

    def _entry(self, menu: QMenu, name: str, text: str, number: int, key: str = "") -> QAction:
        action = menu.addAction(text)
        action.setObjectName(f"run-{name}")
        if key:
            action.setShortcut(key)
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)  # shown here; the tree hears the key itself
        action.setData(number)
        action.triggered.connect(self._on_entry_chosen)
        return action

    # Events

    def event(self, event: QEvent) -> bool:
        """With the focus here, Delete is for a run and not for the drawing."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _deletes(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if _deletes(event) and self.current is not None:
            self.delete_requested.emit(self.current)
        else:
            super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:  # noqa: N802
        """Letters are keys of the window, and choose no run."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._released = event.position().toPoint()
        super().mouseReleaseEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_mouse = event.reason() is QContextMenuEvent.Reason.Mouse
        item = self.itemAt(event.pos()) if by_mouse else self.currentItem()
        if item is not None:
            where = event.pos() if by_mouse else self.visualItemRect(item).center()
            self.make_menu(_number(item)).popup(self.viewport().mapToGlobal(where))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._indent()

    # Slots

    @Slot(QTreeWidgetItem, int)
    def _on_clicked(self, item: QTreeWidgetItem, column: int) -> None:
        number = _number(item)
        swatch = self.part_rect(number, QStyle.SubElement.SE_ItemViewItemDecoration)
        if swatch.contains(self._released):
            self._make_color_menu(number).popup(self.viewport().mapToGlobal(swatch.bottomLeft()))
        elif not self.part_rect(number, QStyle.SubElement.SE_ItemViewItemCheckIndicator).contains(self._released):
            self.activated_run.emit(number)

    @Slot(QTreeWidgetItem, int)
    def _on_activated(self, item: QTreeWidgetItem, column: int) -> None:
        self.activated_run.emit(_number(item))

    @Slot(QTreeWidgetItem, int)
    def _on_changed(self, item: QTreeWidgetItem, column: int) -> None:
        shown = item.checkState(0) is Qt.CheckState.Checked
        if shown != self._row(_number(item)).visible:
            self.visibility_toggled.emit(_number(item), shown)

    @Slot()
    def _on_color_chosen(self) -> None:
        number, chosen = self.sender().data()  # type: ignore[attr-defined]
        self.recolored.emit(number, chosen)

    @Slot()
    def _on_entry_chosen(self) -> None:
        action = self.sender()
        assert isinstance(action, QAction)
        number, name = int(action.data()), action.objectName()
        if number not in self._items:
            return
        if name == "run-activate":
            self.activated_run.emit(number)
        elif name == "run-rename":
            self.editItem(self._items[number])
        elif name == "run-toggle":
            self.visibility_toggled.emit(number, not self._row(number).visible)
        elif name == "run-branch":
            self.branch_requested.emit()
        else:
            self.delete_requested.emit(number)


class _RunDelegate(DetailDelegate):
    """Lets a name be typed in its place; the tree is not changed by that, since the run decides what it is called."""

    renamed = Signal(int, str)

    def __init__(self) -> None:
        super().__init__(lines=2)

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget | None:  # type: ignore[override]  # noqa: N802
        if index.column():
            return None
        editor = QLineEdit(parent)
        editor.setObjectName("run-name")
        editor.setAccessibleName("Name of the run")
        editor.setMaxLength(MAX_NAME)
        return editor

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:  # noqa: N802
        place = self.part(QStyle.SubElement.SE_ItemViewItemText, option, index)
        place.setHeight(editor.sizeHint().height())
        editor.setGeometry(place)

    def setEditorData(self, editor: QWidget, index: Index) -> None:  # noqa: N802
        if isinstance(editor, QLineEdit) and not editor.isModified():  # the run's figures change while one types
            super().setEditorData(editor, index)

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:  # noqa: N802
        assert isinstance(editor, QLineEdit)
        if editor.text() != index.data():
            self.renamed.emit(index.data(Qt.ItemDataRole.UserRole), editor.text())


def _number(item: QTreeWidgetItem) -> int:
    return int(item.data(0, Qt.ItemDataRole.UserRole))


def _active(rows: Sequence[RunRow]) -> int | None:
    return next((row.number for row in rows if row.active), None)


def _deletes(event: QKeyEvent) -> bool:
    return event.key() == Qt.Key.Key_Delete and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
