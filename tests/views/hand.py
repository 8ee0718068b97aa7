"""A widget on the screen, what a hand does to it, and the pad beside it."""

from typing import TypeVar

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QMoveEvent, QResizeEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QWidget
from pytestqt.qtbot import QtBot

from mnist_viz.views.painting import Bytes
from mnist_viz.views.plots.heatmap import HeatmapFigure
from mnist_viz.views.questions.panel import QuestionPanel
from mnist_viz.views.theme import DARK
from mnist_viz.views.widgets import recolor

LEFT = Qt.MouseButton.LeftButton
NONE, SHIFT, CTRL = (
    Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
)  # fmt: skip
AnyWidget = TypeVar("AnyWidget", bound=QWidget)


def shown(qtbot: QtBot, widget: AnyWidget, width: int, height: int) -> AnyWidget:
    """Show a widget of that size, in the dark theme, as the active window."""
    qtbot.addWidget(widget)
    recolor(widget, DARK)
    widget.resize(width, height)
    with qtbot.waitExposed(widget):
        widget.show()
    widget.activateWindow()
    QApplication.processEvents()  # lays out what is made in steps, such as names beside a heatmap
    return widget


def inside(widget: QWidget) -> QWidget:
    """What hears the mouse."""
    return widget.viewport() if isinstance(widget, QAbstractScrollArea) else widget


def wheel(widget: QWidget, notches: float, at: QPoint | None = None) -> None:
    target = inside(widget)
    where = QPointF(target.rect().center() if at is None else at)
    turn = QPoint(0, round(120 * notches))
    event = QWheelEvent(
        where, target.mapToGlobal(where), QPoint(), turn, Qt.MouseButton.NoButton, NONE,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(target, event)


def drag(widget: QWidget, start: QPoint, end: QPoint, modifier: Qt.KeyboardModifier = NONE) -> None:
    lasso(widget, *(start + (end - start) * (k / 4) for k in range(5)), modifier=modifier)


def lasso(widget: QWidget, *places: QPoint, modifier: Qt.KeyboardModifier = NONE) -> None:
    """Drag from the first place through the others."""
    target = inside(widget)
    QTest.mouseMove(target, places[0])
    QTest.mousePress(target, LEFT, modifier, places[0])
    for place in places[1:]:  # QTest itself moves without modifiers
        where = QPointF(place), QPointF(target.mapToGlobal(place))
        move = QMouseEvent(QEvent.Type.MouseMove, *where, Qt.MouseButton.NoButton, LEFT, modifier)
        QApplication.sendEvent(target, move)
    QTest.mouseRelease(target, LEFT, modifier, places[-1])


def click(widget: QWidget, at: QPoint) -> None:
    QTest.mouseClick(inside(widget), LEFT, pos=at)


def double_click(widget: QWidget, at: QPoint) -> None:
    """With the last release, which QTest leaves out."""
    for act in (QTest.mouseClick, QTest.mouseDClick, QTest.mouseRelease):
        act(inside(widget), LEFT, pos=at)


def cell(figure: HeatmapFigure, row: float, column: float) -> QPoint:
    """The middle of a value of a heatmap, in the pixels of the figure."""
    return QPointF(figure.view.mapViewToScene(QPointF(column + 0.5, row + 0.5))).toPoint()


class Pad:
    """What a panel puts on the pad, and how."""

    def __init__(self, panel: QuestionPanel) -> None:
        self.put: list[tuple[str, Bytes]] = []
        panel.picture_made.connect(self.on_made)
        panel.picture_moved.connect(self.on_moved)

    def on_made(self, image: Bytes) -> None:
        self.put.append(("made", image))

    def on_moved(self, image: Bytes) -> None:
        self.put.append(("moved", image))

    @property
    def how(self) -> list[str]:
        return [how for how, _ in self.put]


class GeometryWatch(QObject):
    """Notes what of `top` and all in it is moved or resized inside `with`.

    Attributes:
        changed: the widgets' classes, in the order of the changes.
    """

    def __init__(self, top: QWidget) -> None:
        super().__init__()
        self.changed: list[str] = []
        self._top = top

    def __enter__(self) -> "GeometryWatch":
        QApplication.processEvents()
        QApplication.instance().installEventFilter(self)  # type: ignore[union-attr]
        return self

    def __exit__(self, *_: object) -> None:
        QApplication.processEvents()
        QApplication.instance().removeEventFilter(self)  # type: ignore[union-attr]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - overrides Qt
        inside = isinstance(watched, QWidget) and (watched is self._top or self._top.isAncestorOf(watched))
        moved = isinstance(event, QMoveEvent) and event.oldPos() != event.pos()
        resized = isinstance(event, QResizeEvent) and event.oldSize() != event.size()
        if inside and (moved or resized):
            self.changed.append(type(watched).__name__)
        return False
