"""A drop is a copy, whatever the source offers, on every widget that takes one."""

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from mnist_viz.views.actions import Actions
from mnist_viz.views.data.dialog import DataDialog
from mnist_viz.views.drawing.draw_panel import DrawPanel
from mnist_viz.views.dropping import DropTarget
from mnist_viz.views.message_bar import MessageBar
from mnist_viz.views.timeline.bar import TimelineBar
from mnist_viz.views.transport import TransportBar
from mnist_viz.views.window import MainWindow

LEFT, NO_KEY = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
COPY, MOVE, LINK = Qt.DropAction.CopyAction, Qt.DropAction.MoveAction, Qt.DropAction.LinkAction


def window() -> QWidget:
    actions = Actions()
    return MainWindow(
        {"weights": ("Weights", QWidget())}, actions, TransportBar(actions), TimelineBar(actions), MessageBar()
    )


def events(mime: QMimeData, offered: Qt.DropAction) -> list[QDropEvent]:
    """What a widget hears of a drag that ends on it; the system proposes to move."""
    at = QPoint(5, 5)
    made = [
        QDragEnterEvent(at, offered, mime, LEFT, NO_KEY),
        QDropEvent(QPointF(at), offered, mime, LEFT, NO_KEY, QEvent.Type.DragMove),
        QDropEvent(QPointF(at), offered, mime, LEFT, NO_KEY),
    ]  # fmt: skip
    for event in made:
        event.setDropAction(MOVE)
    return made


@pytest.mark.parametrize("offered", [MOVE, COPY | MOVE, COPY | MOVE | LINK])
@pytest.mark.parametrize("make", [window, DrawPanel, DataDialog])
def test_a_drop_is_never_answered_by_moved(
    qtbot: QtBot, make: type[QWidget], offered: Qt.DropAction, tmp_path: Path
) -> None:
    widget = make()
    qtbot.addWidget(widget)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path / "data.npz"))])
    for event in events(mime, offered):
        QApplication.sendEvent(widget, event)
        assert event.isAccepted()
        assert event.dropAction() == (COPY if offered & COPY else Qt.DropAction.IgnoreAction)


def test_what_cannot_be_taken_is_left_alone(qtbot: QtBot) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    target = DropTarget(widget, QMimeData.hasImage)
    heard: list[object] = []
    target.hovered.connect(heard.append)
    target.dropped.connect(heard.append)
    mime = QMimeData()
    mime.setText("seven")
    enter, *_ = events(mime, COPY)
    QApplication.sendEvent(widget, enter)
    assert not enter.isAccepted()
    assert heard == []
