"""A mistake in an override of a Qt method is an error like any other, also where Python called Qt."""

from tests import own_process

SCRIPT = """
import sys
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QWidget
from mnist_viz.app import make_application
from mnist_viz.system import qt_overrides

class Child(QWidget):
    def resizeEvent(self, event):
        mistake()

class Parent(QWidget):
    def event(self, event):
        return super().event(event)

    def resizeEvent(self, event):
        self.child.resize(event.size())

application = make_application()
qt_overrides.guard("__main__")
for mistake in (lambda: next(iter(())), lambda: [][1], lambda: 1 / 0):
    parent = Parent()
    parent.child = Child(parent)
    try:
        parent.show()
        parent.resize(300, 200)
    except Exception as error:
        print(type(error).__name__)
    application.processEvents()
"""


def test_the_program_goes_on() -> None:
    done = own_process.run(["-c", SCRIPT], own_process.environment())
    assert done.returncode == 0
    for error in ("StopIteration", "IndexError", "ZeroDivisionError"):
        assert error in done.stdout + done.stderr
