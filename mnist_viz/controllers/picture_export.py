"""Exports curves as tables, and figures, panels and the window as pictures."""

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from mnist_viz.controllers.file_access import FileAccess
from mnist_viz.controllers.notices import Notices
from mnist_viz.recording.history import BATCH_COLUMNS, EPOCH_COLUMNS
from mnist_viz.recording.metrics_csv import Row, batch_rows, epoch_rows, table
from mnist_viz.recording.run import Run
from mnist_viz.session.background_tasks import Task
from mnist_viz.session.session import Session
from mnist_viz.system.files import FileKind, write_atomically
from mnist_viz.views.curves.panel import CurvesPanel
from mnist_viz.views.plots.figure import Figure
from mnist_viz.views.window import MainWindow

What = Literal["epochs", "batches", "png", "svg"]
"""What curves are written as: a table with a row an epoch, or a batch; a picture; a drawing."""

_TITLES: dict[What, str] = {
    "epochs": "Table of epochs (*.csv)",
    "batches": "Table of batches (*.csv)",
    "png": "Picture (*.png)",
    "svg": "Drawing (*.svg)",
}
_SELECTED: dict[What, str] = {
    "epochs": "Table of the selected epochs (*.csv)",
    "batches": "Table of the selected batches (*.csv)",
}

_PNG = FileKind.beginning_with("PNG picture", b"\x89PNG")
_SVG = FileKind.beginning_with("SVG drawing", b"<?xml", b"<svg")
_TABLE = FileKind.beginning_with(
    "table of curves",
    *((run + ",".join(columns)).encode() for run in ("", "run,") for columns in (EPOCH_COLUMNS, BATCH_COLUMNS)),
)


class PictureExportController(QObject):
    """Exports curves, figures and pictures; errors are shown in the line of messages.

    Args:
        redraw: draws everything that has changed in the window, at once.
        selected_steps: the steps of a run that are selected on the curves, after the first up to the last, if any.
    """

    def __init__(
        self,
        session: Session,
        window: MainWindow,
        curves: CurvesPanel,
        notices: Notices,
        redraw: Callable[[], object],
        access: FileAccess,
        selected_steps: Callable[[Run], tuple[int, int] | None],
    ) -> None:
        super().__init__()
        self._session = session
        self._window = window
        self._curves = curves
        self._notices = notices
        self._redraw = redraw
        self._access = access
        self._selected_steps = selected_steps
        window.commands.export_curves.triggered.connect(self._on_export_curves_requested)
        curves.export_requested.connect(self._on_curves_export_requested)
        self.connect_figures(window)
        for dock in window.docks.values():
            dock.picture_requested.connect(self._on_panel_picture_requested)
        window.commands.window_picture.triggered.connect(self._on_window_picture_requested)

    @Slot(object)
    def connect_figures(self, parent: QWidget) -> None:
        """Save the figures in `parent` when they ask for it."""
        for figure in parent.findChildren(Figure):
            if figure is not self._curves.figure:
                figure.export_requested.connect(self._on_figure_export_requested)

    def export_curves(self, path: str, what: What = "epochs", *, selected: bool = False) -> None:
        """Write the curves of the visible runs to the file `path`.

        Args:
            path: its suffix decides between picture, drawing and table, if it is that of one.
            what: which table, and what else decides.
            selected: let the table hold only the range that is selected on the curves.
        """
        suffix = Path(path).suffix.lower()
        if suffix in (".png", ".svg"):
            what = "png" if suffix == ".png" else "svg"
        elif suffix == ".csv" and what in ("png", "svg"):
            what = "epochs"
        if what in ("png", "svg"):
            self._redraw()
            self._curves.flush()
            self.save_figure(self._curves.figure, path, what)
            return
        tables: list[tuple[str, Sequence[Row] | Iterator[Row]]] = []
        for run in self._runs():
            history = run.history.copy_until(run.history.steps, run.history.grid)  # training may continue meanwhile
            stretch = (self._selected_steps(run) if selected else None) or (0, run.steps)
            rows = batch_rows(history, *stretch) if what == "batches" else [*epoch_rows(history, *stretch)]
            tables.append((run.name, rows))
        if what == "epochs" and not any(rows for _, rows in tables):
            where = "in the selected range" if selected else "yet"
            self._notices.tell(f"No epoch has ended {where}: train to its end, or export the table of batches.")
            return
        columns = BATCH_COLUMNS if what == "batches" else EPOCH_COLUMNS
        self._write(
            path, _TABLE, lambda task: table(columns, [(name, _watched(task, rows)) for name, rows in tables]).encode()
        )

    def save_picture(self, widget: QWidget, path: str) -> None:
        """Write what `widget` shows to the file `path` as PNG, at the screen's own resolution."""
        picture = _pixels(widget.grab().toImage())
        self._write(path, _PNG, lambda _: _encoded(picture))

    def save_figure(self, figure: Figure, path: str, what: What) -> None:
        """Write a figure to the file `path`: "png" as pixels, twice as fine as they are, "svg" with lines as lines."""
        if what == "png":
            picture = _pixels(figure.picture())
            self._write(path, _PNG, lambda _: _encoded(picture))
        else:
            drawing = figure.svg()
            self._write(path, _SVG, lambda _: drawing)

    def _runs(self) -> list[Run]:
        """Those whose curves are shown, as far as they have been trained."""
        return [run for run in self._session.runs if run.visible and run.steps]

    def _write(self, path: str, kind: FileKind, make: Callable[[Task], bytes]) -> None:
        def work(task: Task) -> None:
            contents = make(task)
            write_atomically(path, lambda file: file.write(contents), kind)

        text = f"Saving {Path(path).name}…"
        self._access.run(text, work, lambda _: self._notices.tell(f"Saved {path}"), writes=path)

    def _has_curves(self) -> bool:
        """Whether there is something to export; if not, a message says why."""
        if not any(run.steps for run in self._session.runs):
            self._notices.tell("There are no curves yet: train a little first.")
        elif not self._runs():
            self._notices.tell("All curves are hidden: show a run in the panel Runs first.")
        else:
            return True
        return False

    @Slot()
    def _on_export_curves_requested(self) -> None:
        if not self._has_curves():
            return
        kinds: dict[str, tuple[What, bool]] = {}
        if self._selected_steps(self._session.run) is not None:
            kinds |= {title: (what, True) for what, title in _SELECTED.items()}
        kinds |= {title: (what, False) for what, title in _TITLES.items()}
        path, kind = self._access.ask_where("Export the curves", "curves.csv", ";;".join(kinds))
        if path:
            what, selected = kinds.get(kind, next(iter(kinds.values())))
            self.export_curves(path, what, selected=selected)

    @Slot(str)
    def _on_curves_export_requested(self, what: What) -> None:
        """One of the context menu of the curves."""
        if not self._has_curves():
            return
        selected = what in _SELECTED and self._selected_steps(self._session.run) is not None
        name = f"curves.{what}" if what in ("png", "svg") else "curves.csv"
        title = _SELECTED[what] if selected else _TITLES[what]
        path, _ = self._access.ask_where("Export the curves", name, title)
        if path:
            self.export_curves(path, what, selected=selected)

    @Slot(str)
    def _on_figure_export_requested(self, what: What) -> None:
        """One of the context menu of any other figure."""
        figure = self.sender()
        assert isinstance(figure, Figure)
        path, _ = self._access.ask_where("Save the figure", f"{figure.objectName()}.{what}", _TITLES[what])
        if path:
            self.save_figure(figure, path, what)

    @Slot(str)
    def _on_panel_picture_requested(self, key: str) -> None:
        dock = self._window.docks[key]
        if dock.isHidden():
            dock.show()  # a hidden panel does not keep up with the frame
        self._ask_and_save("Save the panel as a picture", dock.panel, key)

    @Slot()
    def _on_window_picture_requested(self) -> None:
        self._ask_and_save("Save the window as a picture", self._window, "mnist-viz")

    def _ask_and_save(self, title: str, widget: QWidget, name: str) -> None:
        path, _ = self._access.ask_where(title, f"{name}.png", "Pictures (*.png)")
        if path:
            self.save_picture(widget, path)


def _watched(task: Task, rows: Iterable[Row]) -> Iterator[Row]:
    for row in rows:
        task.check()
        yield row


def _pixels(image: QImage) -> NDArray[np.uint8]:
    """What can be encoded on another thread: (height, width, 3)."""
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return rows[:, : image.width(), 2::-1].copy()


def _encoded(picture: NDArray[np.uint8]) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "png")
    return file.getvalue()
