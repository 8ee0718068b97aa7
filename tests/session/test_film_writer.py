"""A film is written in the background: in order, with few pictures waiting, and ended when it is not wanted."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from mnist_viz.session.background_tasks import BackgroundTasks
from mnist_viz.session.film_writer import WAITING, FilmWriter

Make = Callable[[str, Path], FilmWriter]


@pytest.fixture
def make(qtbot: QtBot) -> Iterator[Make]:
    tasks = BackgroundTasks()
    made: list[FilmWriter] = []

    def one(key: str, path: Path) -> FilmWriter:
        made.append(FilmWriter(tasks, key, path, 10))
        return made[-1]

    yield one
    for writer in made:
        writer.cancel()
    assert tasks.close(10.0)


def picture(value: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.full((20, 30, 3), value, np.uint8)


def wait(qtbot: QtBot, writer: FilmWriter) -> Path | str:
    qtbot.waitUntil(lambda: writer.outcome is not None)
    assert writer.outcome is not None
    return writer.outcome


def test_pictures_are_written_in_the_order_in_which_they_come(make: Make, qtbot: QtBot, tmp_path: Path) -> None:
    writer = make("png", tmp_path / "film")
    for value in range(20):
        qtbot.waitUntil(lambda: writer.has_room)
        writer.add(picture(value))
    writer.finish()
    outcome = wait(qtbot, writer)
    assert outcome == tmp_path / "film"
    assert writer.written == 20
    files = sorted((tmp_path / "film").iterdir())
    values = []
    for file in files:
        with Image.open(file) as image:
            values.append(int(np.asarray(image)[0, 0, 0]))
    assert values == list(range(20))


def test_only_a_few_pictures_wait(make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FilmWriter, "_taken", lambda _: iter(()))  # an encoder that takes none
    writer = make("png", tmp_path / "film")
    added = 0
    while writer.has_room:
        writer.add(picture(0))
        added += 1
    assert added == WAITING
    writer.finish()  # the end has room all the same


def test_what_is_cancelled_leaves_nothing(make: Make, qtbot: QtBot, tmp_path: Path) -> None:
    writer = make("gif", tmp_path / "film.gif")
    writer.add(picture(1))
    writer.cancel()
    assert wait(qtbot, writer) == ""
    assert list(tmp_path.iterdir()) == []


def test_what_fails_is_a_sentence(make: Make, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "film.gif"
    writer = make("gif", path)
    assert wait(qtbot, writer) == f"cannot write {path}: there is no folder {path.parent}"
