"""A mistake in an override of a Qt method is an error like any other, also where Python called Qt."""

import subprocess
import sys

import pytest

SCRIPT = """
import sys
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QWidget
from mnist_viz.app import make_application
from mnist_viz.system import qt_overrides

class Child(QWidget):
    def resizeEvent(self, event):
        {mistake}

class Parent(QWidget):
    def event(self, event):
        return super().event(event)

    def resizeEvent(self, event):
        self.child.resize(event.size())

application = make_application()
qt_overrides.guard("__main__")
parent = Parent()
parent.child = Child(parent)
try:
    parent.show()
    parent.resize(300, 200)
except Exception as error:
    print(type(error).__name__)
application.processEvents()
"""


@pytest.mark.parametrize(
    ("mistake", "error"),
    [("next(iter(()))", "StopIteration"), ("[][1]", "IndexError"), ("1 / 0", "ZeroDivisionError")],
)
def test_the_program_goes_on(mistake: str, error: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(mistake=mistake)], capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0
    assert error in done.stdout + done.stderr
