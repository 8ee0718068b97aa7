"""Reports uncaught errors, and copies diagnostics for bug reports."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from PySide6.QtCore import QObject, QUrl, Slot, qVersion
from PySide6.QtGui import QDesktopServices, QGuiApplication

from mnist_viz.controllers.notices import Notices
from mnist_viz.controllers.preferences import Preferences
from mnist_viz.session.session import Session
from mnist_viz.system import diagnostics, logs
from mnist_viz.system.paths import cache_dir, config_dir, log_dir, state_dir, why_unwritable
from mnist_viz.views.window import MainWindow

_COPY = "Copy diagnostics"


class HelpController(QObject):
    """Reports errors that no other part handles, and what to do about them."""

    def __init__(self, session: Session, window: MainWindow, notices: Notices, preferences: Preferences) -> None:
        super().__init__()
        self._session = session
        self._window = window
        self._notices = notices
        self._preferences = preferences
        self.uncaught = logs.Uncaught(interrupted=window.close)
        window.set_log(str(logs.path()))
        window.commands.copy_diagnostics.triggered.connect(self.copy_diagnostics)
        window.commands.show_log.triggered.connect(self.show_log)

    def start(self) -> None:
        """Start to report uncaught errors; report what cannot be saved in the user's folders."""
        self.uncaught.install()
        if self._preferences.problem:
            self._notices.warn(self._preferences.problem, stands=True)
        kept = {
            "settings": config_dir(),
            "unsaved work": state_dir(),
            "prepared data": cache_dir(),
            "errors": log_dir(),
        }
        if text := what_is_not_kept(kept):
            self._notices.warn(text, stands=True)

    def tick(self) -> None:
        for text in self.uncaught.take():
            self._notices.warn(text, {_COPY: self.copy_diagnostics})

    @Slot()
    def copy_diagnostics(self) -> None:
        """Copy versions, settings and the end of the log to the clipboard."""
        text = diagnostics.report({"Window": self._window_rows(), "Session": self._session_rows()})
        QGuiApplication.clipboard().setText(text)
        lines = text.count("\n")
        self._notices.tell(f"Copied {lines} lines: versions, settings and the end of the log, without names or paths.")

    @Slot()
    def show_log(self) -> None:
        """Open the folder of the log if the system can, and show its path."""
        path = logs.path()
        if not path.exists():
            self._notices.warn(f"There is no log: nothing can be written to {path}")
            return
        self._notices.tell(f"The log is {path}")
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))

    def _window_rows(self) -> dict[str, object]:
        rows: dict[str, object] = {"Qt": qVersion(), "platform": QGuiApplication.platformName()}
        for number, screen in enumerate(QGuiApplication.screens(), start=1):
            size = screen.size()
            rows[f"screen {number}"] = f"{size.width()} x {size.height()}, scale {screen.devicePixelRatio():g}"
        chosen = asdict(self._preferences)
        rows |= {name: chosen[name] for name in ("theme", "zoom", "speed", "budget", "curves_axis", "curves_smoothing")}
        return rows

    def _session_rows(self) -> dict[str, object]:
        session = self._session
        dataset = session.dataset
        return {
            "state": session.state.value,
            "runs": len(session.runs),
            "moments": session.runs.moments,
            "batches trained": session.history.steps,
            "examples": len(dataset.train) if dataset is not None else 0,
            **asdict(session.settings),
        }


def what_is_not_kept(folders: Mapping[str, Path]) -> str:
    """A sentence on what cannot be saved because its folder is not writable; empty if all can."""
    why = {what: found for what, folder in folders.items() if (found := why_unwritable(folder))}
    if not why:
        return ""
    *others, last = why
    named = f"{', '.join(others)} and {last}" if others else last
    first = next(iter(why))
    reason = f"{folders[first]}: {why[first]}"
    return f"{named[:1].upper()}{named[1:]} will not be remembered: nothing can be written to {reason}"
