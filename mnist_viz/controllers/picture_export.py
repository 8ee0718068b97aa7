"""Exporting what is to be seen: the curves as a table, a picture or a drawing; a panel or the window as a picture."""

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from threading import Event

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PySide6.QtCore import QBuffer, QObject, QRectF, QSize, QSizeF, Slot
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from mnist_viz.controllers.asking import ask_where
from mnist_viz.controllers.notices import Notices
from mnist_viz.data.errors import CancelledError
from mnist_viz.paths import home
from mnist_viz.recording.files import write_atomically
from mnist_viz.recording.history import BATCH_COLUMNS, EPOCH_COLUMNS
from mnist_viz.recording.metrics_csv import Row, table, tables
from mnist_viz.recording.run import Run
from mnist_viz.session.errands import Errands
from mnist_viz.session.session import Session
from mnist_viz.views.curves.panel import CurvesPanel
from mnist_viz.views.theme import FAMILY
from mnist_viz.views.window import MainWindow

_BATCHES = "Table of batches (*.csv)"
_KINDS = {"Table of epochs (*.csv)": ".csv", _BATCHES: ".csv", "Picture (*.png)": ".png", "Drawing (*.svg)": ".svg"}
_SCALE = 2
_DOTS_PER_INCH = 96  # as CSS counts pixels
_LEAST = QSize(640, 480)
"""The curves are drawn no smaller, however narrow the panel is."""


class PictureExportController(QObject):
    """Every failure is one line in the window.

    Args:
        redraw: draws everything that has changed in the window, at once.
    """

    def __init__(
        self,
        session: Session,
        window: MainWindow,
        curves: CurvesPanel,
        notices: Notices,
        redraw: Callable[[], object],
        errands: Errands,
    ) -> None:
        super().__init__()
        self._session = session
        self._window = window
        self._curves = curves
        self._notices = notices
        self._redraw = redraw
        self._errands = errands
        self._folder = str(home())
        window.export_curves_requested.connect(self._on_export_curves_requested)
        window.panel_picture_requested.connect(self._on_panel_picture_requested)
        window.window_picture_requested.connect(self._on_window_picture_requested)

    def export_curves(self, path: str, *, otherwise: str = ".csv", batches: bool = False) -> None:
        """Write the curves of the visible runs to the file `path`.

        Args:
            path: its suffix decides: .png for a picture, .svg for a drawing, .csv for a table.
            otherwise: decides where its suffix is none of these.
            batches: let the table have a row a batch, not a row an epoch.
        """
        suffix = Path(path).suffix.lower()
        suffix = suffix if suffix in _KINDS.values() else otherwise
        if suffix != ".csv":
            self._redraw()
            if suffix == ".png":
                picture = _picture(self._curves)
                self._write(path, lambda _: _encoded(picture))
            else:
                drawing = _svg(self._curves)
                self._write(path, lambda _: drawing)
            return
        runs = self._runs()
        if not batches and not any(run.history.epochs for run in runs):
            self._notices.tell("No epoch has ended yet: train to its end, or export the table of batches.")
            return
        columns = BATCH_COLUMNS if batches else EPOCH_COLUMNS
        # As they are now: training may go on meanwhile.
        histories = [(run.name, run.history.copy_until(run.history.steps, run.history.grid)) for run in runs]
        rows = [(name, kept.batch_rows() if batches else kept.epoch_rows()) for name, kept in histories]
        self._write(path, lambda cancel: _table(columns, rows, cancel).encode())

    def save_picture(self, widget: QWidget, path: str) -> None:
        """Write what `widget` shows to the file `path` as PNG, at the screen's own resolution."""
        picture = _pixels(widget.grab().toImage())
        self._write(path, lambda _: _encoded(picture))

    def _runs(self) -> list[Run]:
        """Those whose curves are shown, as far as they have been trained."""
        return [run for run in self._session.runs if run.visible and run.steps]

    def _write(self, path: str, make: Callable[[Event], bytes]) -> None:
        def work(cancel: Event) -> None:
            contents = make(cancel)
            write_atomically(path, lambda file: file.write(contents))

        def sorry(why: str) -> None:
            self._notices.end_progress()
            if why:
                self._notices.warn(why)

        self._notices.progress(f"Saving {Path(path).name}…", None, {"Cancel": self._errands.cancel})
        self._errands.run(work, lambda _: self._notices.tell(f"Saved {path}"), sorry)

    def _ask(self, title: str, name: str, kinds: str) -> tuple[str, str] | None:
        chosen = ask_where(self._window, title, Path(self._folder) / name, kinds)
        if chosen is not None:
            self._folder = str(Path(chosen[0]).parent)
        return chosen

    @Slot()
    def _on_export_curves_requested(self) -> None:
        if not any(run.steps for run in self._session.runs):
            self._notices.tell("There are no curves yet: train a little first.")
        elif not self._runs():
            self._notices.tell("All curves are hidden: show a run in the panel Runs first.")
        elif (chosen := self._ask("Export the curves", "curves.csv", ";;".join(_KINDS))) is not None:
            path, kind = chosen
            self.export_curves(path, otherwise=_KINDS.get(kind, ".csv"), batches=kind == _BATCHES)

    @Slot(str)
    def _on_panel_picture_requested(self, key: str) -> None:
        dock = self._window.docks[key]
        if dock.isHidden():
            dock.show()  # a hidden panel does not keep up with the frame
        if (chosen := self._ask("Save the panel as a picture", f"{key}.png", "Pictures (*.png)")) is not None:
            self.save_picture(dock.panel, chosen[0])

    @Slot()
    def _on_window_picture_requested(self) -> None:
        if (chosen := self._ask("Save the window as a picture", "mnist-viz.png", "Pictures (*.png)")) is not None:
            self.save_picture(self._window, chosen[0])


def _table(columns: Sequence[str], runs: Sequence[tuple[str, Iterable[Row]]], cancel: Event) -> str:
    """The numbers of one run, or of several with their names."""
    watched = [(name, _until(cancel, rows)) for name, rows in runs]
    return table(columns, watched[0][1]) if len(watched) == 1 else tables(columns, watched)


def _until(cancel: Event, rows: Iterable[Row]) -> Iterator[Row]:
    for row in rows:
        if cancel.is_set():
            raise CancelledError
        yield row


def _picture(curves: CurvesPanel) -> NDArray[np.uint8]:
    size = curves.size().expandedTo(_LEAST)
    image = QImage(size * _SCALE, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(_SCALE)
    with QPainter(image) as painter:
        curves.paint_to(painter, QSizeF(size))
    return _pixels(image)


def _svg(curves: CurvesPanel) -> bytes:
    size = curves.size().expandedTo(_LEAST)
    buffer = QBuffer()
    drawing = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)  # of two, the version in which lines are clipped
    drawing.setOutputDevice(buffer)
    drawing.setResolution(_DOTS_PER_INCH)
    drawing.setSize(size)
    drawing.setViewBox(QRectF(0, 0, size.width(), size.height()))
    drawing.setTitle("Learning curves")
    drawing.setDescription("Loss and accuracy, written by mnist-viz")
    with QPainter(drawing) as painter:
        curves.paint_to(painter, QSizeF(size))
    family = f'font-family="{FAMILY}'.encode()
    return bytes(buffer.data().data()).replace(family, family + b", Helvetica, Arial, sans-serif")


def _pixels(image: QImage) -> NDArray[np.uint8]:
    """What can be encoded on another thread: (height, width, 3)."""
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return rows[:, : image.width(), 2::-1].copy()


def _encoded(picture: NDArray[np.uint8]) -> bytes:
    """The picture as a PNG file has it."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "png")
    return file.getvalue()
