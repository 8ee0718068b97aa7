"""What `mnist-viz bench data` measures, tried on a few drawings."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from mnist_viz.bench import data
from mnist_viz.data.datasets import load_dataset
from mnist_viz.recording.storage import load_model, pretrained_path

ONE = [[[50, 0], [50, 50], [50, 100]]]
ZERO = [[[50 + 30 * np.sin(a), 50 - 45 * np.cos(a)] for a in np.linspace(0, 2 * np.pi, 40)]]


def nothing(text: str, fraction: float | None) -> None:
    pass


@pytest.fixture
def drawings(tmp_path: Path) -> Path:
    path = tmp_path / "few.jsonl"
    rows = [{"label": 1, "strokes": ONE}, {"label": 0, "strokes": ZERO}, {"label": 8, "strokes": ZERO}]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_drawings_are_read_by_the_shipped_network(drawings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "EACH", 20)
    result = data.measure_reading(None, [drawings], nothing)
    figures = result["drawings few.jsonl"]
    assert figures["examples"] == 3
    assert figures["accuracy"] == pytest.approx(2 / 3)
    assert figures["by_digit"][:2] == [1.0, 1.0]
    assert figures["by_digit"][8] == 0.0
    assert result["numbers of few.jsonl"]["kept_whole"] == 1.0
    assert set(result["refused"]) > {"printed letters and signs", "signs", "loops"}
    assert all(0 <= share <= 1 for share in result["refused"].values())
    assert result["megabytes"] <= 6
    told = "\n".join(data.lines(result))
    assert "66.67% of 3 read rightly" in told
    assert "kept whole 100.00%" in told


def test_a_compressed_file_is_read_like_a_plain_one(drawings: Path, tmp_path: Path) -> None:
    packed = tmp_path / "few.jsonl.gz"
    packed.write_bytes(gzip.compress(drawings.read_bytes()))
    (plain, labels), (unpacked, same) = data.read_drawings(drawings), data.read_drawings(packed)
    np.testing.assert_array_equal(labels, same)
    np.testing.assert_array_equal(plain[1][0], unpacked[1][0])


def test_a_file_that_holds_no_drawings_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    for line in ("", "7", '{"label": 1}', '{"label": 11, "strokes": []}', '{"label": 1, "strokes": [[1]]}'):
        path.write_text(line, encoding="utf-8")
        with pytest.raises(ValueError, match=r"bad\.jsonl"):
            data.read_drawings(path)


def test_what_is_judged_is_what_the_network_says() -> None:
    digits = load_dataset("synthetic", limit=500).test
    network = load_model(pretrained_path()).model.network()
    figures = data.judged(network, digits.images, digits.labels)
    assert figures["accuracy"] == pytest.approx(network.evaluate(digits.images, digits.labels)[1])
    assert 0 <= figures["calibration_error"] < 0.2
    assert figures["accepted"] > 0.8


def test_printed_letters_are_pictures_as_the_pad_makes_them() -> None:
    pictures = data.printed()
    assert len(pictures) == 3 * len(data.PRINTED)
    assert pictures.shape[1:] == (784,)
    assert (pictures.max(axis=1) > 200).all()
