"""A message stands in the place of what it is about, and moves nothing around it."""

from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from mnist_viz.views.message import MessageStack
from mnist_viz.views.widgets import column
from tests.views.hand import GeometryWatch, shown


def test_a_message_that_comes_and_goes_moves_nothing_beside_it(qtbot: QtBot) -> None:
    above, whole = QLabel("A heading"), QWidget()
    stack = MessageStack(QLabel("The content"))
    column((above, 1), (stack, 1), parent=whole)
    shown(qtbot, whole, 120, 200)
    with GeometryWatch(above) as watch:
        for title, text in (("A title", "A long sentence that takes several lines of this stack " * 3), ("", "")):
            stack.set_message(title, text)
            qtbot.wait(1)
    assert watch.changed == []
