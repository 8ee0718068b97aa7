"""Drawings are saved from the pad, imported from files of strokes and exported to them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtWidgets import QFileDialog

from mnist_viz.data.drawing.stroke_files import strokes_in
from mnist_viz.data.user import drawings

if TYPE_CHECKING:
    from tests.controllers.conftest import Program

ONE = [np.array([[10.0, 0.0], [12.0, 40.0], [10.0, 80.0]])]
SEVEN = [np.array([[0.0, 0.0], [50.0, 0.0], [20.0, 80.0]]), np.array([[10.0, 40.0], [40.0, 40.0]])]


def line(label: str | None = None, **words: object) -> str:
    value = {"strokes": [stroke.tolist() for stroke in SEVEN]} | ({} if label is None else {"label": label}) | words
    return json.dumps(value) + "\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "pen.jsonl"
    path.write_text(line("7") + line() + line("seven") + line("7"))
    return path


def import_file(program: Program, path: Path) -> None:
    program.app.saved_drawings.import_file(str(path))
    program.until(lambda: not program.app.tasks.busy("files"))


def labels() -> list[str]:
    return [drawing.label for drawing in drawings.load()]


def test_the_drawings_of_a_file_are_added_with_their_labels_or_it_is_said_why_not(
    program: Program, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawings.add([("1", ONE)])
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    program.app.window.commands.import_drawings.trigger()
    program.until(lambda: "Added" in program.text())
    assert program.text() == "Added 3 drawings from pen.jsonl (1 drawing without a label left out): 4 in all."
    assert labels() == ["1", "7", "seven", "7"]
    assert program.app.data.infos["drawings"].examples == 4
    program.press("Undo import")
    assert labels() == ["1"]

    path.write_text(path.read_text() + "{}\n")
    import_file(program, path)
    assert program.text().startswith(f"{path}, line 5 is not ")
    for text, why in ((line() + line(), "none of them has a label"), ('{"strokes": []}', "it holds no drawings")):
        path.write_text(text)
        import_file(program, path)
        assert program.text().startswith(f"Nothing was added from pen.jsonl: {why}. What a drawing is, is said by ")
    assert labels() == ["1"]


def test_what_is_exported_can_be_imported_or_it_is_said_why_not(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program.app.saved_drawings.export_file(str(tmp_path / "mine.jsonl"))
    program.until(lambda: program.kind() == "error")
    assert program.text().startswith("There are no saved drawings to export")
    program.app.saved_drawings.export_file(str(tmp_path / "mine.svg"))
    assert program.text() == ("Drawings are not written as mine.svg: its name must end in .jsonl, .ndjson or .inkml.")
    drawings.add([("7", SEVEN)])
    target = tmp_path / "notes.jsonl"
    target.write_text("dear diary\n")
    program.app.saved_drawings.export_file(str(target))
    program.until(lambda: program.text().endswith("is there already and is no file of strokes; choose another name."))
    assert program.kind() == "error"
    assert target.read_text() == "dear diary\n"

    drawings.remove_last()
    drawings.add([("7", SEVEN), ("1", ONE)])
    before = [drawing.picture.astype(int) for drawing in drawings.load()]
    monkeypatch.setattr(QFileDialog, "exec", lambda _: True)
    for ending in (".jsonl", ".ndjson", ".inkml"):
        target = tmp_path / f"mine{ending}"
        monkeypatch.setattr(QFileDialog, "selectedFiles", lambda _, target=target: [str(target)])
        program.app.window.commands.export_drawings.trigger()
        program.until(lambda target=target: program.text() == f"Saved 2 drawings in {target}")  # type: ignore[misc]
        import_file(program, target)
        assert labels() == ["7", "1", "7", "1"]
        for one, other in zip(before, drawings.load()[2:], strict=True):
            assert abs(one - other.picture).mean() < 1
        program.press("Undo import")
    seven, _one = strokes_in(tmp_path / "mine.ndjson")
    points = np.concatenate(seven.strokes)  # as QuickDraw has them: whole, and at most 255
    assert (float(points.min()), float(points.max())) == (0, 255)
    assert (points == np.rint(points)).all()


# A file of strokes on the pad


def test_the_first_drawing_of_a_file_is_on_the_pad_and_all_of_them_can_be_added(program: Program, path: Path) -> None:
    program.draw((0.2, 0.2), (0.5, 0.2))
    before = program.app.draw.pad.drawing()
    program.app.draw.file_dropped.emit(str(path))
    program.until(lambda: len(program.app.draw.pad.strokes()) == 2)
    points = np.concatenate(program.app.draw.pad.strokes())
    assert points.min() >= 0
    assert points.max() <= 1
    assert np.array_equal(program.picture, drawings.Drawing("", tuple(SEVEN)).picture)
    assert program.note().startswith("1 of 4 drawings")
    program.session.step_batch()
    program.rest()
    assert program.note().startswith("1 of 4 drawings")
    program.app.window.commands.undo_pad.trigger()
    assert len(program.app.draw.pad.strokes()) == len(before.strokes) + 1
    assert "drawings" not in program.note()

    program.app.draw.pad.clear()
    program.app.draw.file_dropped.emit(str(path))
    program.until(lambda: program.text() == "pen.jsonl holds 4 drawings; the first is on the pad.")
    program.press("Add all to your drawings")
    program.until(lambda: "Added 3 drawings" in program.text())
    assert len(labels()) == 3
    there = program.app.draw.pad.drawing()
    path.write_text('{"strokes": []}\n')
    program.app.draw.file_dropped.emit(str(path))
    program.until(lambda: program.kind() == "error")
    assert program.text() == f"{path} holds no strokes."
    assert program.app.draw.pad.drawing() == there
