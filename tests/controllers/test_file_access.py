"""Nothing that the window saves goes over or into the data that it uses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from mnist_viz.data.user import drawings
from mnist_viz.system.paths import drawings_file
from mnist_viz.views.film_dialog import FilmChoice

if TYPE_CHECKING:
    from pathlib import Path

    from mnist_viz.data.dataset import Dataset
    from tests.controllers.conftest import Program

Save = Callable[["Program", str], object]

SAVES: dict[str, Save] = {
    "curves.csv": lambda program, path: program.app.pictures.export_curves(path),
    "curves.png": lambda program, path: program.app.pictures.export_curves(path),
    "window.png": lambda program, path: program.app.pictures.save_picture(program.app.draw, path),
    "model.npz": lambda program, path: program.app.files.save_model(path),
    "lesson.mnistviz": lambda program, path: program.app.session_files.save(path),
    "film.gif": lambda program, path: program.app.film_export.make(FilmChoice(format="gif"), path),
    "pen.jsonl": lambda program, path: program.app.saved_drawings.export_file(path),
}


@pytest.fixture
def own(program: Program, dataset: Dataset, tmp_path: Path) -> Path:
    """A folder of pictures that the program learns from."""
    folder = tmp_path / "mine"
    (folder / "7").mkdir(parents=True)
    Image.new("L", (28, 28)).save(folder / "7" / "window.png")
    program.use(replace(dataset, name=str(folder)))
    program.train_epoch()
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_nor_over_the_file_of_the_data_by_whatever_path_nor_over_the_drawings_that_are_kept(
    program: Program, dataset: Dataset, tmp_path: Path
) -> None:
    table = tmp_path / "k.csv"
    table.write_text("1,2,3\n")
    (tmp_path / "link").symlink_to(tmp_path)
    program.session.set_dataset(replace(dataset, name=f"label=last:{table}"))
    path = str(tmp_path / "link" / "k.csv")
    program.app.pictures.save_picture(program.app.draw, path)
    assert program.text() == f"Cannot write {path}: it is data in use; choose another name."
    assert table.read_text() == "1,2,3\n"

    drawings.add([("7", [np.array([[0.0, 0.0], [1.0, 1.0]])])])
    before = drawings_file().read_bytes()
    kept = drawings_file().with_suffix(".jsonl")
    assert kept == drawings_file()
    program.app.saved_drawings.export_file(str(kept))
    assert program.text() == f"Cannot write {kept}: it is data in use; choose another name."
    assert drawings_file().read_bytes() == before


def test_nothing_is_saved_in_the_folder_of_the_data_also_of_an_earlier_run_but_beside_it(
    program: Program, own: Path, dataset: Dataset
) -> None:
    before = contents(own)
    for name, save in SAVES.items():
        path = own / "7" / name
        save(program, str(path))
        assert program.kind() == "error", name
        assert program.text() == f"Cannot write {path}: {own} is data in use; choose another folder."
        assert not program.app.tasks.busy("files", "sessions", "film"), name
        program.app.notices.clear()
    assert contents(own) == before
    path = own.with_name("window.png")
    program.app.pictures.save_picture(program.app.draw, str(path))
    program.until(lambda: program.text() == f"Saved {path}")

    program.use(dataset)
    program.app.pictures.save_picture(program.app.draw, str(own / "a.png"))
    assert program.text().endswith("is data in use; choose another folder.")
