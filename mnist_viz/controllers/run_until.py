"""Run until: asks for how long, or until what, and lets the session train."""

from typing import cast

from PySide6.QtCore import QObject, Slot

from mnist_viz.session.conditions import Condition, Kind
from mnist_viz.session.session import RESTING, Session
from mnist_viz.views.run_until import RunUntilDialog
from mnist_viz.views.window import MainWindow


class RunUntilController(QObject):
    """Opens the dialog, which begins with what was chosen last, and hands its answer on."""

    def __init__(self, session: Session, window: MainWindow) -> None:
        super().__init__()
        self._session = session
        self._window = window
        self._open = False
        self._kind = "epochs"
        self._values: dict[str, float] = {}
        window.commands.run_until.triggered.connect(self._on_run_until_requested)

    @Slot()
    def _on_run_until_requested(self) -> None:
        session = self._session
        if self._open or session.state not in RESTING or session.timeline.tail is None:
            return
        dialog = RunUntilDialog(session.end_of_training, layers=len(session.settings.hidden), parent=self._window)
        dialog.choose(self._kind, self._values)
        dialog.chosen.connect(self._on_chosen)
        dialog.finished.connect(self._on_finished)
        self._open = True
        dialog.open()

    @Slot(str, float)
    def _on_chosen(self, kind: str, value: float) -> None:
        self._kind = kind
        self._values[kind] = value
        if kind == "batches":
            self._session.run_until(steps=int(value))
        elif kind == "epochs":
            self._session.run_until(epochs=int(value))
        else:
            share = value / 100 if kind == "accuracy-above" else value
            self._session.run_until(condition=Condition(cast(Kind, kind), share))

    @Slot()
    def _on_finished(self) -> None:
        self._open = False
