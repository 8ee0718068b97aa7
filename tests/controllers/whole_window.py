"""The whole window for tests that walk it: every panel made, and every dialog opened as a user opens it."""

from collections.abc import Iterator

from PySide6.QtWidgets import QApplication, QDialog

from mnist_viz.views.dialog import Dialog
from tests.controllers.conftest import Program

DIALOGS = ("data", "keys", "find_command", "run_until", "branch", "export_film")
"""The actions that open a dialog."""


def make_all_panels(program: Program) -> None:
    """Make also those that are made when they are first seen."""
    for key, dock in program.app.window.docks.items():
        if dock.on_demand:
            program.app.window.open_panel(key)
            program.until(lambda key=key: program.app.window.docks[key].panel.objectName() != "")  # type: ignore[misc]
    for dock in program.app.window.docks.values():
        if dock.on_demand:
            dock.close()
    QApplication.processEvents()


def opened_dialogs(program: Program) -> Iterator[QDialog]:
    """Each dialog, opened by its action and closed again afterwards; some are about recorded moments."""
    program.train(2)
    window = program.app.window
    for name in DIALOGS:
        getattr(window.commands, name).trigger()
        dialog = next(one for one in window.findChildren(Dialog) if one.isVisible())
        yield dialog
        dialog.close()
        QApplication.processEvents()
