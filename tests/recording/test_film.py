"""Films hold the pictures they were given, in order; what fails or is cancelled leaves nothing behind."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnist_viz.data.errors import CancelledError
from mnist_viz.recording.film import Picture, formats, free_path, write_film

WIDTH, HEIGHT = 61, 40
GROUND = (23, 26, 33)

FAKE_ENCODER = """#!{python}
import json, sys
target = sys.argv[-1].removeprefix("file:")
{body}
"""
RECORDS = """
pictures = sys.stdin.buffer.read()
with open(target, "wb") as file:
    file.write(json.dumps({"arguments": sys.argv[1:], "bytes": len(pictures), "last": list(pictures[-3:])}).encode())
"""
FAILS = """
print("frame dropped", file=sys.stderr)
print("Unknown encoder 'libx264'", file=sys.stderr)
sys.exit(1)
"""
HANGS = """
import pathlib, time
(pathlib.Path(sys.argv[0]).parent / "hangs").touch()
while True:
    time.sleep(60)
"""


def pictures(count: int, width: int = WIDTH, height: int = HEIGHT) -> Iterator[Picture]:
    """A bright square that goes to the right, a step a picture."""
    for number in range(count):
        picture = np.full((height, width, 3), GROUND, np.uint8)
        picture[10:20, 2 * number % width :][:, :8] = (240, 140, 40)
        yield picture


def encoder(folder: Path, body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a program called ffmpeg that does `body` on the path."""
    if sys.platform == "win32":
        pytest.skip("a script is no program on Windows")
    folder.mkdir()
    program = folder / "ffmpeg"
    program.write_text(FAKE_ENCODER.replace("{python}", sys.executable).replace("{body}", body))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def left(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def read_gif(path: Path) -> tuple[list[Picture], list[int]]:
    with Image.open(path) as image:
        frames, durations = [], []
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            frames.append(np.asarray(image.convert("RGB")))
            durations.append(int(image.info["duration"]))
        assert image.info["loop"] == 0
    return frames, durations


def test_a_gif_holds_the_pictures_in_order_and_repeats(tmp_path: Path) -> None:
    path = write_film("gif", tmp_path / "film.gif", pictures(12), 10)
    frames, durations = read_gif(path)
    assert len(frames) == 12
    for frame, picture in zip(frames, pictures(12), strict=True):
        assert np.array_equal(frame, picture)  # so few colours all have a place
    assert durations[:-1] == [100] * 11
    assert durations[-1] == 1100  # the end stays a second longer
    assert left(tmp_path) == ["film.gif"]


def test_a_gifs_rate_is_kept_over_time_and_pictures_that_do_not_change_stay_in_it(tmp_path: Path) -> None:
    _, durations = read_gif(write_film("gif", tmp_path / "film.gif", pictures(31), 30))
    assert set(durations[:-1]) == {30, 40}
    assert sum(durations[:30]) == 1000
    same = next(pictures(1))
    frames, _ = read_gif(write_film("gif", tmp_path / "film.gif", [same] * 3, 5))
    assert len(frames) == 3
    assert all(np.array_equal(frame, same) for frame in frames)


def test_a_gif_of_many_colours_keeps_its_grounds_and_comes_near_the_rest(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    ramp = np.linspace((15, 61, 122), (247, 247, 247), 80).astype(np.uint8)
    film = []
    for _ in range(4):
        picture = np.full((120, 160, 3), GROUND, np.uint8)
        picture[20:100, 20:100] = ramp[rng.integers(0, 80, (80, 80))]
        picture[20:100, 110:150] = rng.integers(0, 256, (80, 40, 3))
        film.append(picture)
    frames, _ = read_gif(write_film("gif", tmp_path / "film.gif", film, 5))
    for frame, picture in zip(frames, film, strict=True):
        assert tuple(frame[0, 0]) == GROUND
        off = np.abs(frame.astype(int) - picture)
        assert off[20:100, 20:100].mean() < 4
        assert off.max() < 90


def test_a_folder_of_png_files_is_numbered_beside_one_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "film").mkdir()
    (tmp_path / "film" / "mine.txt").write_text("mine")
    path = write_film("png", tmp_path / "film", pictures(3), 10)
    assert path == tmp_path / "film 2"
    assert left(tmp_path / "film") == ["mine.txt"]
    assert left(path) == ["frame-0001.png", "frame-0002.png", "frame-0003.png"]
    for file, picture in zip(sorted(path.iterdir()), pictures(3), strict=True):
        with Image.open(file) as image:
            assert np.array_equal(np.asarray(image), picture)
    (tmp_path / "film.gif").touch()  # the number is before the suffix
    (tmp_path / "film 2.gif").touch()
    assert free_path(tmp_path / "film.gif") == tmp_path / "film 3.gif"


def test_an_mp4_is_made_of_the_raw_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder(tmp_path / "programs", RECORDS, monkeypatch)
    path = write_film("mp4", tmp_path / "film.mp4", pictures(5), 24)
    told = json.loads(path.read_text())
    arguments = " ".join(told["arguments"])
    assert "-video_size 62x40 -framerate 24" in arguments  # an odd width is made even
    assert "-c:v libx264" in arguments
    assert "-pix_fmt yuv420p" in arguments
    assert told["bytes"] == 5 * 62 * 40 * 3
    assert tuple(told["last"]) == GROUND
    assert left(tmp_path) == ["film.mp4", "programs"]


def test_what_the_encoder_says_is_told_and_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder(tmp_path / "programs", FAILS, monkeypatch)
    path = tmp_path / "film.mp4"
    with pytest.raises(OSError, match="Unknown encoder") as raised:
        write_film("mp4", path, pictures(200, 400, 300), 24)
    assert str(raised.value) == f"cannot write {path}: ffmpeg says: Unknown encoder 'libx264'"
    assert left(tmp_path) == ["programs"]


def test_an_encoder_that_hangs_is_killed_when_the_film_is_cancelled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder(tmp_path / "programs", HANGS, monkeypatch)
    cancelled, ended = threading.Event(), threading.Event()

    def cancel() -> None:
        while not (tmp_path / "programs" / "hangs").exists() and not ended.wait(0.01):
            pass
        cancelled.set()

    user = threading.Thread(target=cancel)
    user.start()
    try:
        with pytest.raises(CancelledError):
            write_film("mp4", tmp_path / "film.mp4", pictures(3, 400, 300), 24, cancelled)
    finally:
        ended.set()
        user.join()
    assert left(tmp_path) == ["programs"]


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not here")
def test_a_real_encoder_makes_a_film_that_is_read_back(tmp_path: Path) -> None:
    path = write_film("mp4", tmp_path / "film.mp4", pictures(10), 10)
    program = shutil.which("ffmpeg")
    assert program is not None
    raw = subprocess.run(
        [program, "-loglevel", "error", "-i", str(path), "-f", "rawvideo", "-pix_fmt", "rgb24", "-"],
        capture_output=True, check=True,
    ).stdout  # fmt: skip
    frames = np.frombuffer(raw, np.uint8).reshape(10, HEIGHT, WIDTH + 1, 3)
    for frame, picture in zip(frames, pictures(10), strict=True):
        assert np.abs(frame[:, :WIDTH].astype(int) - picture).mean() < 8


def test_without_the_encoder_mp4_is_not_offered_and_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found = {form.key: form for form in formats()}
    assert {key for key, form in found.items() if form.available} == {"gif", "png"}
    assert found["mp4"].why_not == "MP4 needs the program ffmpeg, which was not found."


@pytest.mark.parametrize("key", ["gif", "png"])
def test_a_film_that_is_cancelled_or_fails_half_way_leaves_nothing_but_the_old_one(tmp_path: Path, key: str) -> None:
    path, cancelled = tmp_path / "film", threading.Event()
    path.write_text("GIF89a")

    def given(*, fails: bool) -> Iterator[Picture]:
        yield from pictures(3)
        if fails:
            raise RuntimeError("no more")
        cancelled.set()
        yield from pictures(3)

    with pytest.raises(RuntimeError):
        write_film(key, path, given(fails=True), 10)
    with pytest.raises(CancelledError):
        write_film(key, path, given(fails=False), 10, cancelled)
    assert left(tmp_path) == ["film"]
    assert path.read_text() == "GIF89a"


def test_a_film_replaces_the_file_that_is_there_unless_it_is_of_another_kind(tmp_path: Path) -> None:
    path = tmp_path / "film.gif"
    path.write_text("GIF87a")
    assert write_film("gif", path, pictures(2), 10) == path
    assert path.read_bytes().startswith(b"GIF89a")


def test_what_cannot_be_written_or_is_no_film_is_one_sentence(tmp_path: Path) -> None:
    other, nowhere = tmp_path / "numbers.csv", tmp_path / "nowhere" / "film"
    other.write_text("1,2,3,4,5")
    for key in ("gif", "mp4", "png"):
        with pytest.raises(OSError, match=rf"^cannot write {nowhere}: (No such file|there is no folder)"):
            write_film(key, nowhere, pictures(1), 10)
        if key != "png":
            with pytest.raises(OSError, match=f"it is there already and is no {key.upper()}"):
                write_film(key, other, pictures(2), 10)
    with pytest.raises(ValueError, match="one size"):
        write_film("gif", tmp_path / "film.gif", [next(pictures(1)), next(pictures(1, 30, 30))], 10)
    with pytest.raises(ValueError, match="needs a picture"):
        write_film("gif", tmp_path / "film.gif", [], 10)
    assert left(tmp_path) == ["numbers.csv"]
    assert other.read_text() == "1,2,3,4,5"


@pytest.mark.parametrize("key", ["gif", "png"])
def test_a_long_film_takes_no_more_memory_than_a_short_one(tmp_path: Path, key: str) -> None:
    def peak(count: int) -> int:
        tracemalloc.start()
        write_film(key, tmp_path / f"film {count}", pictures(count, 200, 150), 10)
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    peak(2)
    assert peak(200) < peak(5) + 10 * 200 * 150 * 3
