"""The list in which the runs stand as a tree: chosen, renamed, coloured, hidden and deleted by mouse and keys."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QPoint, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QAction, QContextMenuEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QMenu, QTreeView

from mnist_viz.recording.run_looks import RUN_COLORS
from mnist_viz.views.painting import draw_message
from mnist_viz.views.runs.delegate import Part, RunDelegate
from mnist_viz.views.runs.marks import swatch_icon
from mnist_viz.views.runs.model import RunsModel
from mnist_viz.views.runs.row import RunRow
from mnist_viz.views.theme import DARK, GRID, Theme, color

COLOR_NAMES = ("Blue", "Amber", "Green", "Pink", "Orange", "Violet", "Yellow", "Brown")
"""What a menu calls the colours of the theme."""

_NONE = "Each training stands here, and each way to go on from it."
_ONE = "Continue from here with other settings: both runs stay."

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_OWN_KEYS = (*_ENTER, Qt.Key.Key_Delete, Qt.Key.Key_F2)


class RunsList(QTreeView):
    """Shows the rows; the tree's lines are painted, for a run's branches cannot be folded away."""

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
        self._runs = RunsModel()
        self._delegate = RunDelegate(self._runs, self)
        self._theme = DARK
        self._pressed: tuple[int, Part] | None = None
        self._can_branch = False
        self.setModel(self._runs)
        self.setItemDelegate(self._delegate)
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setItemsExpandable(False)
        self.setUniformRowHeights(True)
        self.setIndentation(0)
        self.setEditTriggers(QTreeView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QTreeView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.viewport().setAutoFillBackground(False)  # the panel's ground
        self._runs.renamed.connect(self.renamed)
        self.clicked.connect(self._on_clicked)

    # Values in

    @property
    def rows(self) -> tuple[RunRow, ...]:
        return self._runs.rows

    def set_rows(self, rows: Sequence[RunRow]) -> None:
        """Show `rows`. Where only what they say has changed, they are painted anew, and nothing else."""
        was_active, was_current = self._active(), self.current
        changed = self._runs.set_rows(rows)
        if changed is None:
            self._choose(was_current if was_current and self._runs.place(was_current) >= 0 else self._active())
        else:
            for place in changed:
                self.update(self._runs.index(place))
        active = self._active()
        if active != was_active and active is not None:
            self._choose(active)

    def set_can_branch(self, can: bool) -> None:
        self._can_branch = can

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._delegate.set_theme(theme)
        self.viewport().update()

    @property
    def current(self) -> int | None:
        """The number of the run that the keys are for."""
        index = self.currentIndex()
        return self.rows[index.row()].number if index.isValid() else None

    # Where things are

    def part_rect(self, number: int, part: Part) -> QRectF:
        """Where a part of a run's row lies, in the viewport."""
        row = self.rows[self._runs.place(number)]
        rect = self.visualRect(self._runs.index(self._runs.place(number)))
        places = self._delegate.places(rect, row)
        if part == "row":
            return places.name
        middle = places.swatch if part == "swatch" else places.eye
        return QRectF(middle.x() - GRID, middle.y() - GRID, 2 * GRID, 2 * GRID)

    def _at(self, point: QPoint) -> tuple[int, Part] | None:
        """The number of the run at `point`, and which part of its row it is."""
        index = self.indexAt(point)
        if not index.isValid():
            return None
        row = self.rows[index.row()]
        return row.number, self._delegate.part_at(point.toPointF(), self.visualRect(index), row)

    # Menus

    def make_menu(self, number: int) -> QMenu:
        """What can be done with a run."""
        row = self.rows[self._runs.place(number)]
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._entry(menu, "activate", "Make active", number, "Return").setEnabled(not row.active)
        self._entry(menu, "rename", "Rename", number, "F2")
        colors = menu.addMenu("Colour")
        self._fill_colors(colors, row)
        self._entry(menu, "toggle", "Hide in the plots" if row.visible else "Show in the plots", number)
        menu.addSeparator()
        # It goes on from the moment that the window shows, which is the active run's.
        self._entry(menu, "branch", "Continue from here…", number, "C").setEnabled(row.active and self._can_branch)
        menu.addSeparator()
        self._entry(menu, "delete", "Delete", number, "Delete")
        return menu

    def make_color_menu(self, number: int) -> QMenu:
        """The colours to choose from."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._fill_colors(menu, self.rows[self._runs.place(number)])
        return menu

    def _fill_colors(self, menu: QMenu, row: RunRow) -> None:
        for k, name in enumerate(COLOR_NAMES):
            chosen = k == row.color % RUN_COLORS
            tint, ratio = color(self._theme.run_color(k)), self.devicePixelRatioF()
            action = menu.addAction(swatch_icon(tint, ratio, chosen=chosen), name)
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
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)  # shown here; the list hears the key itself
        action.setData(number)
        action.triggered.connect(self._on_entry_chosen)
        return action

    # Events

    def event(self, event: QEvent) -> bool:
        """With the focus here, Delete is for a run and not for the drawing."""
        overrides = event.type() == QEvent.Type.ShortcutOverride
        if overrides and isinstance(event, QKeyEvent) and self.rows and _is_own(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        number = self.current
        if number is None or not _is_own(event):
            super().keyPressEvent(event)
        elif event.key() in _ENTER:
            self.activated_run.emit(number)
        elif event.key() == Qt.Key.Key_F2:
            self.rename(number)
        else:
            self.delete_requested.emit(number)

    def keyboardSearch(self, search: str) -> None:  # noqa: N802
        """Letters are keys of the window, and choose no run."""

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = self._at(event.position().toPoint())
        if event.button() is Qt.MouseButton.LeftButton and at is not None and at[1] != "row":
            self._pressed = at
            self.setFocus(Qt.FocusReason.MouseFocusReason)
        else:
            super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, None
        if pressed is None:
            super().mouseReleaseEvent(event)
        elif pressed == self._at(event.position().toPoint()):
            number, part = pressed
            if part == "swatch":
                below = self.part_rect(number, "swatch").bottomLeft().toPoint()
                self.make_color_menu(number).popup(self.viewport().mapToGlobal(below))
            else:
                self._toggle(number)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        at = self._at(event.position().toPoint())
        if at is not None and at[1] != "row":
            self.mousePressEvent(event)  # twice clicked
        elif at is not None and event.button() is Qt.MouseButton.LeftButton:
            self.rename(at[0])

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() is QContextMenuEvent.Reason.Mouse:
            at, where = self._at(event.pos()), event.pos()
            number = at[0] if at is not None else None
        else:
            number = self.current
            where = self.visualRect(self.currentIndex()).center()
        if number is not None:
            self.make_menu(number).popup(self.viewport().mapToGlobal(where))

    def resizeEvent(self, event: QResizeEvent) -> None:
        before = self._delegate.wide
        super().resizeEvent(event)
        if self._delegate.wide != before or event.oldSize().width() < 0:
            self.scheduleDelayedItemsLayout()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if len(self.rows) > 1:
            return
        # Who has no tree is told how one grows.
        room = QRectF(self.viewport().rect()).adjusted(2 * GRID, 0, -2 * GRID, 0)
        with QPainter(self.viewport()) as painter:
            if not self.rows:
                draw_message(painter, room, self._theme, "No runs yet", _NONE)
            elif room.height() > 3 * self._delegate.row_height():
                room.setTop(self._delegate.row_height())
                draw_message(painter, room, self._theme, "", _ONE)

    # Doing

    def rename(self, number: int) -> None:
        """Type another name for a run, in its place."""
        self._choose(number)
        self.edit(self.currentIndex())

    def _choose(self, number: int | None) -> None:
        """Let the keys be for the run of that number, and bring it into sight."""
        if number is None:
            return
        index = self._runs.index(self._runs.place(number))
        self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self.scrollTo(index)

    def _toggle(self, number: int) -> None:
        self.visibility_toggled.emit(number, not self.rows[self._runs.place(number)].visible)

    def _active(self) -> int | None:
        return next((row.number for row in self.rows if row.active), None)

    @Slot(QModelIndex)
    def _on_clicked(self, index: QModelIndex) -> None:
        self.activated_run.emit(self.rows[index.row()].number)

    @Slot()
    def _on_color_chosen(self) -> None:
        number, chosen = self.sender().data()  # type: ignore[attr-defined]
        self.recolored.emit(number, chosen)

    @Slot()
    def _on_entry_chosen(self) -> None:
        action = self.sender()
        assert isinstance(action, QAction)
        number, name = int(action.data()), action.objectName()
        if self._runs.place(number) < 0:
            return
        if name == "run-activate":
            self.activated_run.emit(number)
        elif name == "run-rename":
            self.rename(number)
        elif name == "run-toggle":
            self._toggle(number)
        elif name == "run-branch":
            self.branch_requested.emit()
        else:
            self.delete_requested.emit(number)


def _is_own(event: QKeyEvent) -> bool:
    return event.key() in _OWN_KEYS and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
