"""The runs of a session as a tree, with mouse and keys to activate, rename, recolour, hide and delete them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

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

from mnist_viz.engine.metrics import format_accuracy
from mnist_viz.recording.run_words import MAX_NAME, RUN_COLORS
from mnist_viz.views import icons, zoom
from mnist_viz.views.detail_delegate import DETAIL, DetailDelegate, Index
from mnist_viz.views.theme import BODY, DARK, Theme, font

COLOR_NAMES = ("Green", "Pink", "Yellow", "Violet", "Red", "Cyan", "Lime", "Purple")
"""The names of the theme's run colours."""

_STEP, _MOST_INDENT = 16, 0.25
"""Pixels by which a branch is indented; the largest share of the width that the indents of a deep tree take."""


@dataclass(frozen=True)
class RunRow:
    """One run.

    Attributes:
        number: identifies it.
        name: for people.
        color: number of its colour.
        depth: how many ancestors it has; a branch follows its parent and the parent's earlier branches.
        origin: where it began, such as "from epoch 3 of Run 1".
        settings: the differences from its parent, or its first settings.
        epochs: how many it has trained.
        best: its best validation accuracy, 0 to 1; None before the first epoch's end.
        visible: whether its curves are shown.
        active: whether the window shows it.
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
        """How long it has been trained, in words."""
        number = f"{self.epochs:,.0f}" if self.epochs == round(self.epochs) else f"{self.epochs:,.1f}"
        return f"{number} epoch{'' if number == '1' else 's'}"

    @property
    def accuracy(self) -> str:
        return format_accuracy(self.best) if self.best is not None else ""

    @property
    def described(self) -> list[str]:
        """Origin, settings, length and best accuracy."""
        best = f"best validation accuracy {self.accuracy}" if self.accuracy else ""
        return [part for part in (self.origin, self.settings, self.length, best) if part]

    @property
    def spoken(self) -> str:
        """All of it, for a screen reader."""
        states = [("active", self.active), ("trains now", self.trains), ("hidden in the plots", not self.visible)]
        return ", ".join([self.name, *(word for word, holds in states if holds), *self.described])


class RunsTree(QTreeWidget):
    """One item a run: the check box is for its curves, the icon is its colour.

    The signals are requests: the session changes the run, and `set_rows` shows the change.
    """

    run_activated = Signal(int)  # number
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

    def set_rows(self, rows: Sequence[RunRow]) -> None:
        """Show `rows`; the items are kept unless runs come, go or move."""
        before, self.rows = self.rows, tuple(rows)
        chosen, was_active, active = self.current, _active(before), _active(rows)
        self.blockSignals(True)  # changed here, not by the user
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
        rows, self.rows = self.rows, ()  # fills every item again
        self.set_rows(rows)

    @property
    def current(self) -> int | None:
        """The number of the run that the keys act on."""
        item = self.currentItem()
        return _number(item) if item is not None else None

    def part_rect(self, number: int, part: QStyle.SubElement) -> QRect:
        """Where the check box, the icon or the name of a run is drawn, in the viewport."""
        index = self.indexFromItem(self._items[number])
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        option.rect = self.visualRect(index)
        return self._delegate.part(part, option, index)

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
            item.setFont(column, font(zoom.px(BODY), weight))
            item.setToolTip(column, "\n".join([row.name, *row.described]))

    def _indent(self) -> None:
        deepest = max((row.depth for row in self.rows), default=0) + 1
        self.setIndentation(round(min(zoom.px(_STEP), _MOST_INDENT * self.viewport().width() / deepest)))

    def _row(self, number: int) -> RunRow:
        return next(row for row in self.rows if row.number == number)

    def make_menu(self, number: int) -> QMenu:
        row, menu = self._row(number), self._new_menu()
        entry = partial(self._entry, menu, number)
        entry("activate", "Make active", partial(self.run_activated.emit, number), "Return", enabled=not row.active)
        entry("rename", "Rename", partial(self.editItem, self._items[number]), "F2")
        self._fill_colors(menu.addMenu("Colour"), row)
        hide = "Hide in the plots" if row.visible else "Show in the plots"
        entry("toggle", hide, partial(self.visibility_toggled.emit, number, not row.visible))
        menu.addSeparator()
        # The shown moment, from which a branch continues, is the active run's.
        can = row.active and self._can_branch
        entry("branch", "Continue from here…", self.branch_requested.emit, "C", enabled=can)
        menu.addSeparator()
        entry("delete", "Delete", partial(self.delete_requested.emit, number), "Delete")
        return menu

    def _new_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return menu

    def _fill_colors(self, menu: QMenu, row: RunRow) -> None:
        for k, name in enumerate(COLOR_NAMES):
            chosen = k == row.color % RUN_COLORS
            action = self._entry(menu, row.number, f"color-{k}", name, partial(self.recolored.emit, row.number, k))
            action.setIcon(icons.icon("swatch-chosen" if chosen else "swatch", self._theme.run_color(k)))
            action.setCheckable(True)
            action.setChecked(chosen)

    def _entry(
        self, menu: QMenu, number: int, name: str, text: str, call: Callable[[], object], key: str = "",
        *, enabled: bool = True,
    ) -> QAction:  # fmt: skip
        action = menu.addAction(text)
        action.setObjectName(f"run-{name}")
        action.setEnabled(enabled)
        if key:
            action.setShortcut(key)
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)  # shown here; the tree hears the key itself
        action.setProperty("run", number)
        action.setData(call)
        action.triggered.connect(self._on_entry_chosen)
        return action

    def event(self, event: QEvent) -> bool:
        """With the focus here, Delete deletes a run and does not clear the drawing."""
        if event.type() in (QEvent.Type.Show, QEvent.Type.DevicePixelRatioChange):
            self.scheduleDelayedItemsLayout()  # what changed the rows' heights meanwhile
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
        """Letters are shortcuts of the window and do not select runs."""

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

    @Slot(QTreeWidgetItem, int)
    def _on_clicked(self, item: QTreeWidgetItem, column: int) -> None:
        number = _number(item)
        swatch = self.part_rect(number, QStyle.SubElement.SE_ItemViewItemDecoration)
        if swatch.contains(self._released):
            menu = self._new_menu()
            self._fill_colors(menu, self._row(number))
            menu.popup(self.viewport().mapToGlobal(swatch.bottomLeft()))
        elif not self.part_rect(number, QStyle.SubElement.SE_ItemViewItemCheckIndicator).contains(self._released):
            self.run_activated.emit(number)

    @Slot(QTreeWidgetItem, int)
    def _on_activated(self, item: QTreeWidgetItem, column: int) -> None:
        self.run_activated.emit(_number(item))

    @Slot(QTreeWidgetItem, int)
    def _on_changed(self, item: QTreeWidgetItem, column: int) -> None:
        shown = item.checkState(0) is Qt.CheckState.Checked
        if shown != self._row(_number(item)).visible:
            self.visibility_toggled.emit(_number(item), shown)

    @Slot()
    def _on_entry_chosen(self) -> None:
        action = self.sender()
        if isinstance(action, QAction) and action.property("run") in self._items:  # it may be gone by now
            action.data()()


class _RunDelegate(DetailDelegate):
    """Edits a name in place and emits it; the tree changes when the run has been renamed."""

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
        if isinstance(editor, QLineEdit) and not editor.isModified():  # the item may change during the edit
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
