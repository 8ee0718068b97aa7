"""Curves are exported as a table, a picture or a drawing, by the suffix; what fails is one sentence."""

from __future__ import annotations

import csv
import errno
import io
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PIL import Image
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QFileDialog

from mnist_viz.recording.history import EPOCH_COLUMNS
from mnist_viz.recording.metrics_csv import epoch_rows, table
from mnist_viz.views.plots.figure import Figure

if TYPE_CHECKING:
    from tests.controllers.conftest import Program

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def trained(program: Program) -> Program:
    program.train_epoch()
    program.train_epoch()
    return program


def choosing(path: Path) -> Callable[[QFileDialog], list[str]]:
    return lambda _: [str(path)]


def said(program: Program, text: str) -> bool:
    return program.text() == text


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text())))


def test_a_picture_has_twice_the_pixels_and_a_drawing_is_of_lines_and_texts_and_looks_like_it(
    trained: Program, tmp_path: Path
) -> None:
    path, picture = tmp_path / "curves.svg", tmp_path / "curves.PNG"
    trained.export_curves(str(path))
    trained.export_curves(str(picture))
    with Image.open(picture) as image:
        shown = image.convert("RGB")
    assert shown.width >= 1280
    assert shown.height >= 960
    assert len(shown.getcolors(shown.width * shown.height) or ()) > 20
    drawing = ET.parse(path).getroot()
    texts = ["".join(text.itertext()).strip() for text in drawing.iter(f"{SVG}text")]
    assert {"Loss", "Accuracy", "training, mean of 1/50 epoch", "validation", "Epochs"} <= set(texts)
    assert not list(drawing.iter(f"{SVG}image"))
    assert list(drawing.iter(f"{SVG}polyline"))
    renderer = QSvgRenderer(str(path))
    assert renderer.isValid()
    expected = np.asarray(shown).astype(int)
    rendered = QImage(expected.shape[1], expected.shape[0], QImage.Format.Format_RGB32)
    with QPainter(rendered) as painter:
        renderer.render(painter)
    pixels = np.frombuffer(rendered.constBits(), np.uint8).reshape(*expected.shape[:2], 4)[..., 2::-1]
    assert np.abs(pixels.astype(int) - expected).mean() < 6


def test_a_table_has_a_row_an_epoch_of_each_run_that_is_not_hidden_or_of_the_selected_range(
    program: Program, tmp_path: Path
) -> None:
    program.app.window.commands.export_curves.triggered.emit()
    assert program.text() == "There are no curves yet: train a little first."
    program.train(1)
    program.export_curves(str(tmp_path / "curves.csv"))
    assert program.text() == "No epoch has ended yet: train to its end, or export the table of batches."
    program.session.set_visible(1, False)
    program.app.window.commands.export_curves.triggered.emit()
    assert program.text() == "All curves are hidden: show a run in the panel Runs first."

    program.session.set_visible(1, True)
    for _ in range(2):
        program.train_epoch()
    path = tmp_path / "curves.csv"
    program.app.curves.range_changed.emit((0.5, 1.2))
    program.export_curves(str(path), "batches", selected=True)
    assert [row["step"] for row in rows(path)] == [str(step) for step in range(6, 13)]
    program.export_curves(str(path), "epochs", selected=True)
    assert [row["epoch"] for row in rows(path)] == ["0"]
    program.app.curves.range_changed.emit((0.5, 0.8))
    program.export_curves(str(path), "epochs", selected=True)
    assert program.text().startswith("No epoch has ended in the selected range")

    program.app.curves.range_changed.emit(None)
    session = program.session
    program.export_curves(str(path))
    assert program.text() == f"Saved {path}"
    assert path.read_text() == table(EPOCH_COLUMNS, [("", epoch_rows(session.history))])
    assert [row["epoch"] for row in rows(path)] == ["0", "1"]
    for name in ("wide", "narrow"):
        session.branch(name=name)
        program.rest()
    session.set_visible(2, False)
    program.export_curves(str(path))
    assert [row["run"] for row in rows(path)] == ["Run 1", "Run 1", "narrow", "narrow"]


def test_every_panel_and_figure_is_saved_from_its_menu_and_a_full_disk_is_told_in_one_sentence(
    trained: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures = trained.app.window.findChildren(Figure)
    assert len(figures) >= 5
    monkeypatch.setattr(QFileDialog, "exec", lambda _: 1)
    for suffix in ("png", "svg"):
        for figure in figures:
            path = tmp_path / f"{figure.objectName()}.{suffix}"
            monkeypatch.setattr(QFileDialog, "selectedFiles", choosing(path))
            figure.export_requested.emit(suffix)
            trained.until(partial(said, trained, f"Saved {path}"))
            if suffix == "png":
                assert not QImage(str(path)).isNull()
            else:
                assert ET.parse(path).getroot().tag == f"{SVG}svg"
    path = tmp_path / "weights.png"
    trained.app.pictures.save_picture(trained.app.weights, str(path))
    trained.until(lambda: not trained.app.tasks.busy("files"))
    assert path.read_bytes().startswith(b"\x89PNG")

    path = tmp_path / "curves.png"
    monkeypatch.setattr(QFileDialog, "selectedFiles", choosing(path))
    trained.app.curves.export_requested.emit("png")
    trained.until(lambda: not trained.app.tasks.busy("files"))
    assert path.read_bytes().startswith(b"\x89PNG")
    path = tmp_path / "curves.v2"  # the kind decides where the suffix says nothing
    monkeypatch.setattr(QFileDialog, "selectedFiles", choosing(path))
    monkeypatch.setattr(QFileDialog, "selectedNameFilter", lambda _: "Drawing (*.svg)")
    trained.app.window.commands.export_curves.triggered.emit()
    trained.until(lambda: not trained.app.tasks.busy("files"))
    assert trained.text() == f"Saved {path}"
    assert ET.parse(path).getroot().tag == f"{SVG}svg"

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    path = tmp_path / "curves.svg"
    trained.export_curves(str(path))
    assert trained.kind() == "error"
    assert "No space left" in trained.text()
    assert not path.exists()
