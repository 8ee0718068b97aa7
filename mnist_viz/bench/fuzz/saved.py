"""What the program itself saves: models, checkpoints, sessions and preferences."""

import base64
import json
import random
import tempfile
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mnist_viz.analysis.reading import read as read_digit
from mnist_viz.bench.fuzz.archives import changed_archive
from mnist_viz.bench.fuzz.inputs import Beat, Files, Format
from mnist_viz.bench.fuzz.mutations import changed_bytes, changed_json
from mnist_viz.data.datasets import available
from mnist_viz.engine.augmentation import Augmentation
from mnist_viz.engine.network import Network
from mnist_viz.engine.settings import Settings
from mnist_viz.engine.training import EpochEnd, Labelled, Trainer
from mnist_viz.preferences import Preferences
from mnist_viz.recording.archive import format_of
from mnist_viz.recording.checkpoint import Checkpoint, CheckpointError, save_checkpoint
from mnist_viz.recording.history import History
from mnist_viz.recording.recovery import find_left
from mnist_viz.recording.run import Incident, Run
from mnist_viz.recording.runs import Runs
from mnist_viz.recording.session_contents import Drawing, SessionContents, Stroke, copy_of
from mnist_viz.recording.session_file import SessionFileError, open_session, save_session
from mnist_viz.recording.snapshot import Model, capture
from mnist_viz.recording.storage import ModelFile, ModelFileError, load_model, save_model
from mnist_viz.recording.timeline import Timeline

if TYPE_CHECKING:
    from mnist_viz.views.window import MainWindow

SETTINGS = Settings(
    preset="", hidden=(6, 5), batch_size=16, epochs=3, optimizer="adam", learning_rate=0.005, batch_norm=True,
    dropout=0.1, schedule="cosine", early_stopping=50, augmentation=Augmentation(shift=0.5, rotation=10.0),
)  # fmt: skip


def _pictures(count: int) -> Labelled:
    rng = np.random.default_rng(count)
    return rng.integers(0, 256, (count, 16), dtype=np.uint8), rng.integers(0, 3, count).astype(np.uint8)


TRAIN, VALIDATION = _pictures(90), _pictures(20)


def _archive(rng: random.Random, files: Files, name: str) -> Files:
    data = files[name]
    assert isinstance(data, bytes)
    return {**files, name: changed_archive(rng, data)}


# Models


def _models() -> list[Files]:
    files: list[Files] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.npz"
        for sizes, biases in (((6, 4, 3), True), ((784, 5, 10), False)):
            network = Network(sizes, "relu", biases=biases)
            network.parameters[:] = np.random.default_rng(0).normal(0, 1, network.parameters.size)
            names = tuple(map(str, range(sizes[-1])))
            save_model(path, ModelFile(Model.of(network), names, {"dataset": "mnist", "accuracy": 0.9}), compact=biases)
            files.append({"model.npz": path.read_bytes()})
    return files


def _read_model(folder: Path, beat: Beat) -> None:
    path = folder / "model.npz"
    format_of(path)
    contents = load_model(path)
    contents.model.network()
    read_digit(contents.model.network(), np.zeros(contents.model.sizes[0], np.uint8))
    "".join(contents.class_names).encode()


# Checkpoints


def _checkpoints() -> list[Files]:
    files: list[Files] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.npz"
        for settings in (SETTINGS, Settings(preset="", hidden=(4,), batch_size=30, epochs=2)):
            trainer = Trainer(settings, TRAIN, VALIDATION, classes=3)
            for event in trainer.run():
                if isinstance(event, EpochEnd):
                    break
            save_checkpoint(path, trainer, "mnist")
            files.append({"run.npz": path.read_bytes()})
    return files


def _read_checkpoint(folder: Path, beat: Beat) -> None:
    path = folder / "run.npz"
    checkpoint = Checkpoint(path)
    try:
        checkpoint.resume(TRAIN, VALIDATION, classes=3).place()
    except CheckpointError as error:  # of data that are not the run's
        raise CheckpointError(f"{path.name}: {error}") from error


# Sessions


def make_runs() -> Runs:
    """A run with chance of every kind, batch normalization and early stopping, and a branch of it."""
    trainer = Trainer(SETTINGS, TRAIN, VALIDATION, classes=3)
    first = Run(
        1, "début ✎", 1, "mnist", ("a", "b", "c"), (4, 4), trainer.config, 3, Timeline(), History(trainer.grid),
        pins={3}, tested=(8, 0.5, 0.75), incidents=[Incident(5, "diverged", "It diverged.")],
    )  # fmt: skip
    first.timeline.add(capture(trainer))
    _train(first, trainer, 8)
    root = first.timeline.before(4)
    assert root is not None
    assert root.place is not None
    branch = Trainer.resume(
        first.config.until(root.step).changed(root.step, SETTINGS), root.place, TRAIN, VALIDATION, classes=3
    )
    second = Run(
        2, "Run 2", 2, "mnist", ("a", "b", "c"), (4, 4), branch.config, 3, first.timeline.until(root),
        first.history.copy_until(root.step, branch.grid), parent=1, root_step=root.step,
    )  # fmt: skip
    _train(second, branch, 9)
    first.timeline.go_to(2)
    runs = Runs()
    for run in (first, second):
        runs.add(run)
    runs.activate(2)
    return runs


def _train(run: Run, trainer: Trainer, last: int) -> None:
    for event in trainer.run():
        if isinstance(event, EpochEnd):
            run.history.add_epoch(event)
        else:
            run.history.add_batches([event])
            if event.batch + 1 == trainer.batches_per_epoch:
                continue
        if isinstance(event, EpochEnd) or event.step % 3 == 0 or event.step >= last:
            run.timeline.add(capture(trainer))
        if event.step >= last:
            break
    run.configure(trainer.config)


def session_contents() -> SessionContents:
    points = np.linspace(0, 1, 14, dtype=np.float32).reshape(7, 2)
    strokes = Stroke(points, 0.06), Stroke(points[::-1], 0.03, np.linspace(0, 1, 7, dtype=np.float32))
    return SessionContents(copy_of(make_runs()), Drawing(strokes))


def _sessions() -> list[Files]:
    contents = session_contents()
    picture = SessionContents(contents.runs, Drawing((), np.eye(9, dtype=np.uint8), 2))
    files: list[Files] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lesson.mnistviz"
        for each in (contents, picture):
            save_session(path, each)
            files.append({"lesson.mnistviz": path.read_bytes()})
    return files


def _read_session(folder: Path, beat: Beat) -> None:
    path = folder / "lesson.mnistviz"
    format_of(path)
    contents = open_session(path, lambda _: beat())
    for run in contents.runs:
        f"{run.name} {run.dataset} {run.class_names} {run.incidents}".encode()
        run.history.state()
        tail = run.timeline.last
        assert tail is not None
        tail.model.network()
        if tail.place is not None:
            try:
                Trainer.resume(run.config, tail.place, TRAIN, VALIDATION, classes=3).place()
            except ValueError as error:
                raise SessionFileError(f"{path.name}: {error}") from error
    copy_of(contents.runs)


# What a window left behind


def _spoil_session(rng: random.Random, files: Files) -> Files:
    ((name, data),) = files.items()
    assert isinstance(data, bytes)
    return {name: changed_bytes(rng, data)}


def _left_behind() -> list[Files]:
    return [{"sessions/one.mnistviz": files["lesson.mnistviz"]} for files in _sessions()]


def _read_left(folder: Path, beat: Beat) -> None:
    for left in find_left(folder / "sessions"):
        try:
            open_session(left.path, left_behind=True)
        finally:
            left.release()


# Preferences


@cache
def _window() -> "MainWindow":
    """The window with empty panels, which is what parses the bytes of a layout."""
    import sys

    from PySide6.QtCore import qInstallMessageHandler
    from PySide6.QtWidgets import QApplication, QWidget

    from mnist_viz.views.actions import Actions
    from mnist_viz.views.message_bar import MessageBar
    from mnist_viz.views.timeline.bar import TimelineBar
    from mnist_viz.views.transport import TransportBar
    from mnist_viz.views.window import MainWindow

    qInstallMessageHandler(lambda *_: None)  # as in the program, what Qt says goes elsewhere
    _window.application = QApplication.instance() or QApplication(sys.argv[:1])  # type: ignore[attr-defined]
    actions = Actions()
    keys = ("draw", "weights", "activations", "curves", "settings", "compare", "errors", "runs")
    window = MainWindow(
        {key: (key.title(), QWidget()) for key in keys},
        actions,
        TransportBar(actions),
        TimelineBar(actions),
        MessageBar(),
    )
    window.show()
    return window


def _preferences() -> list[Files]:
    window = _window()
    plain = window.layout_state()
    window.docks["curves"].setFloating(True)
    window.docks["runs"].hide()
    moved = window.layout_state()
    window.restore_default_layout()
    files: list[Files] = []
    with tempfile.TemporaryDirectory():
        for preferences in (Preferences("dark", plain, 12.5), Preferences("light", moved, None, "/data")):
            preferences.save()
            files.append({"preferences.json": Preferences.path().read_bytes()})
    return files


def _spoil_preferences(rng: random.Random, files: Files) -> Files:
    data = files["preferences.json"]
    assert isinstance(data, bytes)
    kind, stored = rng.random(), json.loads(data)
    if kind < 0.15:
        return {"preferences.json": changed_bytes(rng, data)}
    if kind < 0.5:
        return {"preferences.json": changed_json(rng, stored).encode("utf-8", "surrogatepass")}
    layout = base64.b64decode(stored["layout"])
    # The first part names its version and is passed over by whoever does not know it.
    start = rng.choice((0, 19, 19, 19))
    spoilt = layout[:start] + changed_bytes(rng, layout[start:])
    if rng.random() < 0.2:
        spoilt = spoilt[: rng.randrange(len(spoilt))]
    return {"preferences.json": json.dumps({**stored, "layout": base64.b64encode(spoilt).decode()}).encode()}


def _read_preferences(folder: Path, beat: Beat) -> None:
    import os

    from PySide6.QtWidgets import QApplication

    before, os.environ["MNIST_VIZ_CONFIG_DIR"] = os.environ["MNIST_VIZ_CONFIG_DIR"], str(folder)
    try:
        preferences = Preferences.load()
        assert preferences.save() == "" or preferences.problem
    finally:
        os.environ["MNIST_VIZ_CONFIG_DIR"] = before
    window = _window()
    if preferences.layout:
        window.restore_layout_state(preferences.layout)
    available(preferences.data_dir or None)
    QApplication.processEvents()
    window.layout_state()


FORMATS = (
    Format(
        "model", 48, "20 times the bytes of a packed file, and 1 MB, may unpack; then one network is made of them",
        (ModelFileError, OSError), _models, partial(_archive, name="model.npz"), _read_model,
    ),
    Format(
        "checkpoint", 48, "as a model; the trainer and its optimizer are no larger than the file's arrays",
        (CheckpointError, OSError), _checkpoints, partial(_archive, name="run.npz"), _read_checkpoint,
    ),
    Format(
        "session", 64, "nothing is read that the file does not hold as it is; its description is the largest part",
        (SessionFileError, OSError), _sessions, _spoil_session, _read_session,
    ),
    Format(
        "left behind", 64, "as a session",
        (SessionFileError, OSError), _left_behind, _spoil_session, _read_left,
    ),
    Format(
        "preferences", 64, "a file above 1 MB is not read; Qt takes apart what the layout's bytes describe",
        (), _preferences, _spoil_preferences, _read_preferences, called=None,
    ),
)  # fmt: skip
