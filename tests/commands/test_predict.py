"""`mnist-viz predict`: digits from picture files and from strokes."""

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from mnist_viz.analysis.reading import read
from mnist_viz.data.drawing.normalization import render, to_shape
from mnist_viz.data.drawing.stroke_files import written
from mnist_viz.engine.network import Network
from mnist_viz.recording.snapshot import Model
from mnist_viz.recording.storage import ModelFile, load_model, pretrained_path, save_model

if TYPE_CHECKING:
    from tests.commands.conftest import Cli, Trained

Drawing = dict[str, list[list[list[float]]]]


def json_lines(drawing: Drawing) -> str:
    return "".join(json.dumps({"strokes": strokes}) + "\n" for strokes in drawing.values())


@pytest.fixture
def strokes(tmp_path: Path, drawing: Drawing) -> Path:
    path = tmp_path / "strokes.jsonl"
    path.write_text(json_lines(drawing))
    return path


# Images


def test_it_reads_pictures_in_their_order(cli: "Cli", images: dict[str, Path]) -> None:
    done = cli("predict", images["0"], images["1"], images["0"], "--json")
    assert (done.status, done.err) == (0, "")
    assert [answer["digit"] for answer in done.json] == [0, 1, 0]
    assert [answer["image"] for answer in done.json] == [str(images[name]) for name in "010"]
    for answer in done.json:
        assert len(answer["probabilities"]) == 10
        assert sum(answer["probabilities"]) == pytest.approx(1, abs=1e-5)
        assert answer["probabilities"][answer["digit"]] == max(answer["probabilities"])
        assert answer["accepted"] is True


def test_for_a_person_it_is_a_line_a_picture(process: "Cli", images: dict[str, Path]) -> None:
    done = process("predict", images["1"], images["0"])
    assert (done.status, done.err) == (0, "")
    first, second = done.lines
    assert first.startswith(f"{images['1']}: 1  (")
    assert second.startswith(f"{images['0']}: 0  (")
    assert first.endswith("%)")


def test_dark_on_light_is_the_same_as_light_on_dark(cli: "Cli", images: dict[str, Path], tmp_path: Path) -> None:
    paper = tmp_path / "paper.png"
    Image.fromarray(255 - np.asarray(Image.open(images["0"]))).save(paper)
    first, second = cli("predict", images["0"], paper, "--json").json
    assert first["probabilities"] == second["probabilities"]


def test_a_model_may_come_first(cli: "Cli", trained: "Trained", images: dict[str, Path]) -> None:
    (answer,) = cli("predict", trained.path, images["0"], "--json").json
    expected = read(load_model(trained.path).model.network(), np.asarray(Image.open(images["0"])))
    np.testing.assert_allclose(answer["probabilities"], expected.probabilities, atol=1e-6)


def test_class_names_other_than_digits_are_shown(cli: "Cli", images: dict[str, Path], tmp_path: Path) -> None:
    model = Model.of(Network((784, 2)))  # all zero: the first class wins
    save_model(tmp_path / "model.npz", ModelFile(model, ("cat", "dog")))
    done = cli("predict", tmp_path / "model.npz", images["0"])
    assert done.lines == [f"{images['0']}: cat  (50.0%)"]
    assert cli("predict", tmp_path / "model.npz", images["0"], "--json").json[0]["digit"] == "cat"


@pytest.fixture
def numbers(tmp_path: Path, images: dict[str, Path]) -> Path:
    """A page with 10 above 01."""
    one, zero = (np.pad(np.asarray(Image.open(images[name]).resize((112, 112))), 20) for name in "10")
    Image.fromarray(np.block([[one, zero], [zero, one]])).save(tmp_path / "page.png")
    return tmp_path / "page.png"


def test_several_digits_are_a_number_and_rows_are_rows(cli: "Cli", numbers: Path) -> None:
    (line,) = cli("predict", numbers).lines
    assert line.startswith(f"{numbers}: 10 / 01  (")
    (answer,) = cli("predict", numbers, "--json").json
    assert (answer["number"], answer["digit"], answer["accepted"]) == ("10 / 01", None, True)
    assert [digit["digit"] for digit in answer["digits"]] == [1, 0, 0, 1]


def test_a_picture_may_come_from_standard_input(images: dict[str, Path]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mnist_viz", "predict", "-"],
        input=images["1"].read_bytes(), capture_output=True, timeout=240, check=True,
    )  # fmt: skip
    assert done.stdout.startswith(b"-: 1  (")


# Strokes


def test_strokes_have_other_formats_too(cli: "Cli", strokes: Path, drawing: Drawing, tmp_path: Path) -> None:
    expected = cli("predict", "--strokes", strokes).json
    for ending in (".ndjson", ".inkml"):
        drawn = ((name, [np.array(stroke, float) for stroke in lines]) for name, lines in drawing.items())
        (tmp_path / f"pen{ending}").write_text(written(drawn, ending))
        assert cli("predict", "--strokes", tmp_path / f"pen{ending}").json == expected


def test_strokes_are_a_json_line_a_drawing_and_go_through_the_code_of_the_pad(
    cli: "Cli", strokes: Path, drawing: Drawing
) -> None:
    done = cli("predict", "--strokes", strokes)
    assert (done.status, done.err) == (0, "")
    assert [answer["digit"] for answer in done.json] == [1, 0]
    assert all(set(answer) >= {"digit", "probabilities", "accepted"} for answer in done.json)
    assert all(answer["accepted"] is True for answer in done.json)
    model = load_model(pretrained_path()).model
    for answer, lines in zip(cli("predict", "--strokes", strokes).json, drawing.values(), strict=True):
        expected = read(model.network(), render([np.asarray(line) for line in lines]))
        np.testing.assert_allclose(answer["probabilities"], expected.probabilities, atol=1e-6)


def test_strokes_come_from_standard_input_too(process: "Cli", drawing: Drawing, strokes: Path, cli: "Cli") -> None:
    done = process("predict", "--strokes", "-", stdin=json_lines(drawing))
    assert (done.status, done.err) == (0, "")
    assert [answer["digit"] for answer in done.json] == [1, 0]
    assert done.json == cli("predict", "--strokes", strokes).json


def test_a_model_may_come_with_strokes(cli: "Cli", trained: "Trained", strokes: Path) -> None:
    own = cli("predict", trained.path, "--strokes", strokes).json
    assert own != cli("predict", "--strokes", strokes).json
    assert len(own) == 2


def test_an_empty_drawing_is_answered_and_further_fields_are_left_alone(
    cli: "Cli", tmp_path: Path, drawing: Drawing
) -> None:
    (tmp_path / "empty.jsonl").write_text('{"strokes": []}\n\n{"strokes": [[]]}\n{"strokes": [[[5, 5]]]}')
    done = cli("predict", "--strokes", tmp_path / "empty.jsonl")
    assert done.status == 0
    assert [answer["accepted"] for answer in done.json] == [False, False, False]
    (tmp_path / "more.jsonl").write_text(json.dumps({"label": 1, "strokes": drawing["1"]}))
    assert cli("predict", "--strokes", tmp_path / "more.jsonl").json[0]["digit"] == 1


# What it cannot


def test_either_images_or_strokes(cli: "Cli") -> None:
    for arguments in ((), ("model.npz",), ("a.png", "--strokes", "b.jsonl")):
        assert "either image files or --strokes FILE" in cli("predict", *arguments).failed_with(2)


def test_a_bad_line_of_strokes_is_one_line_that_says_where(cli: "Cli", tmp_path: Path, drawing: Drawing) -> None:
    path = tmp_path / "strokes.jsonl"
    for bad in ("hello", '{"lines": []}', '{"strokes": [[[1], [2]]]}', '{"strokes": ' + "[" * 50_000):
        path.write_text(json_lines(drawing) + bad + "\n")
        done = cli("predict", "--strokes", path)
        assert "strokes.jsonl, line 3" in done.failed_with(1)
        assert len(done.lines) == 2  # what came before was answered
    path.write_bytes(b"\xff\xfe\x00hello")  # no text
    assert "strokes.jsonl" in cli("predict", "--strokes", path).failed_with(1)
    path.unlink()
    assert "there is no file" in cli("predict", "--strokes", path).failed_with(1)


def test_a_line_without_end_is_refused_before_it_fills_the_memory(cli: "Cli", monkeypatch: pytest.MonkeyPatch) -> None:
    class Endless(io.StringIO):
        def readline(self, size: int = -1, /) -> str:  # type: ignore[override]
            assert 0 < size <= 20_000_000
            return "1" * size

    monkeypatch.setattr("sys.stdin", Endless())
    assert "-, line 1 is longer than" in cli("predict", "--strokes", "-").failed_with(1)


def test_an_image_that_cannot_be_read_is_one_line_that_names_it_and_the_others_are_read(
    cli: "Cli", images: dict[str, Path], tmp_path: Path
) -> None:
    (tmp_path / "empty.png").touch()
    (tmp_path / "damaged.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"x" * 100)
    Image.new("L", (100, 100), 255).save(tmp_path / "blank.png")
    for name in ("none.png", "empty.png", "damaged.png", "blank.png", ""):
        done = cli("predict", images["1"], tmp_path / name, images["0"])
        assert str(tmp_path / name) in done.failed_with(1)
        assert [line.split(": ")[1][0] for line in done.lines] == ["1", "0"]


def test_a_model_that_is_none_or_of_other_pictures_is_one_line(
    cli: "Cli", images: dict[str, Path], tmp_path: Path
) -> None:
    (tmp_path / "none.npz").write_bytes(b"hello")
    save_model(tmp_path / "other.npz", ModelFile(Model.of(Network((10, 2))), ("a", "b")))
    for name, message in (("none", "none.npz is not a model"), ("other", "reads 10 numbers, not grey pictures")):
        assert message in cli("predict", tmp_path / f"{name}.npz", images["0"]).failed_with(1)


def test_a_model_of_smaller_pictures_gets_smaller_ones(cli: "Cli", images: dict[str, Path], tmp_path: Path) -> None:
    network = Network((16, 2))
    network.layers[0].weights[:, 1] = 1.0  # the more ink, the more it is the second class
    save_model(tmp_path / "model.npz", ModelFile(Model.of(network), ("empty", "full")))
    (answer,) = cli("predict", tmp_path / "model.npz", images["0"], "--json").json
    assert answer["digit"] == "full"
    small = to_shape(np.asarray(Image.open(images["0"])), (4, 4))
    expected = 1 / (1 + np.exp(-float(small.sum()) / 255))
    assert answer["probabilities"][1] == pytest.approx(expected, abs=1e-5)
