"""Files of each version that there has been still open; those of one that there is not yet are named as such."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_viz.bench.fuzz.saved import SETTINGS, TRAIN, VALIDATION
from mnist_viz.recording import session_plan
from mnist_viz.recording.checkpoint import Checkpoint, CheckpointError
from mnist_viz.recording.session_file import SessionFileError, open_session
from mnist_viz.recording.storage import ModelFileError, load_model

OLDER = Path(__file__).with_name("older")
"""Files as the program wrote them: when a format changes, those of the version before stay here."""


def with_meta(name: str, path: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """A copy of an older file in `path`, of which something else is said."""
    with np.load(OLDER / name) as arrays:
        contents = dict(arrays)
    meta = json.loads(str(contents["meta"]))
    change(meta)
    contents["meta"] = np.array(json.dumps(meta))
    target = path / name
    with zipfile.ZipFile(target, "w") as archive:
        for member, array in contents.items():
            file = io.BytesIO()
            np.save(file, array)
            archive.writestr(f"{member}.npy", file.getvalue())
    return target


def test_a_model_of_version_1_opens() -> None:
    contents = load_model(OLDER / "model-1.npz")
    assert contents.model.sizes == (6, 4, 3)
    assert contents.class_names == ("0", "1", "2")
    assert contents.provenance == {"dataset": "mnist", "accuracy": 0.9}
    # The first numbers of this generator, kept with half precision.
    expected = np.random.default_rng(0).normal(0, 1, 4).astype(np.float16)
    assert contents.model.parameters[:4].tolist() == expected.astype(np.float32).tolist()


def test_a_model_from_before_pictures_had_shapes_opens(tmp_path: Path) -> None:
    path = with_meta("model-1.npz", tmp_path, lambda meta: meta.pop("image_shape"))
    assert load_model(path).image_shape is None


def test_a_checkpoint_of_version_1_goes_on() -> None:
    checkpoint = Checkpoint(OLDER / "run-1.npz")
    assert (checkpoint.settings, checkpoint.dataset) == (SETTINGS, "mnist")
    trainer = checkpoint.resume(TRAIN, VALIDATION, classes=3)
    assert trainer.step == 6
    assert len(list(trainer.run())) == 14  # two epochs more of six batches and an end


def test_a_checkpoint_from_before_the_optimizer_could_change_goes_on(tmp_path: Path) -> None:
    path = with_meta("run-1.npz", tmp_path, lambda meta: meta["place"].pop("optimizer"))
    place = Checkpoint(path).resume(TRAIN, VALIDATION, classes=3).place()
    assert place.optimizer == SETTINGS.optimizer


@pytest.mark.parametrize("version", range(1, session_plan.VERSION + 1))
def test_a_session_of_any_version_opens(version: int) -> None:
    contents = open_session(OLDER / f"lesson-{version}.mnistviz")
    first, second = contents.runs
    assert (first.name, second.name, second.parent) == ("début ✎", "Run 2", 1)
    assert (first.pins, first.tested) == ({3}, (8, 0.5, 0.75))
    assert [frame.step for frame in first.timeline.frames] == [0, 3, 6, 8]
    assert contents.runs.active is second
    assert len(contents.drawing.strokes) == 2
    assert contents.left_out == ()
    tail = second.timeline.last
    assert tail is not None
    assert tail.place is not None
    assert second.course.resume(tail.place, TRAIN, VALIDATION, classes=3).step == tail.step


@pytest.mark.parametrize(
    ("name", "load", "error"),
    [
        ("model-1.npz", load_model, ModelFileError),
        ("run-1.npz", Checkpoint, CheckpointError),
        ("lesson-1.mnistviz", open_session, SessionFileError),
    ],
)
def test_a_file_of_a_version_to_come_is_named_as_such(
    tmp_path: Path, name: str, load: Callable[[Path], object], error: type[Exception]
) -> None:
    path = with_meta(name, tmp_path, lambda meta: meta.update(version=7, something_new=[1, 2]))
    with pytest.raises(error, match=rf"^{name}.*a newer program wrote it \(format 7; this one reads \d\)$"):
        load(path)
