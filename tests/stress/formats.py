"""All files that the program reads: good ones of each format, and how the program reads them."""

import gzip
import io
import json
import os
import struct
import sys
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
from PIL import Image, ImageDraw

from mnist_viz.analysis.reading import read as read_digit
from mnist_viz.controllers.preferences import Preferences
from mnist_viz.data import store
from mnist_viz.data.datasets import available
from mnist_viz.data.drawing.picture import read_picture
from mnist_viz.data.drawing.stroke_files import read_strokes, written
from mnist_viz.data.errors import DataError
from mnist_viz.data.progress import Watch
from mnist_viz.data.published import idx
from mnist_viz.data.published.conversion import converted
from mnist_viz.data.published.raw import ARRAYS, MNIST_FILES, RawFiles
from mnist_viz.data.user import drawings
from mnist_viz.data.user.user_data import check_user_data
from mnist_viz.engine.network import Network
from mnist_viz.engine.training import Trainer
from mnist_viz.recording.drawing import Drawing
from mnist_viz.recording.recovery import WindowSession, find_left
from mnist_viz.recording.session_contents import SessionContents, copy_of
from mnist_viz.recording.session_file import SessionFileError, open_session, save_session
from mnist_viz.recording.snapshot import Model
from mnist_viz.recording.storage import ModelFile, ModelFileError, is_model_file, load_model, save_model
from mnist_viz.system.files import open_file
from tests.small_runs import TRAIN, VALIDATION, session_contents

Odd = Literal["pipe", "endless", "folder", "circle", "nowhere", "absent", "secret", "sparse"]
"""What may lie where a file is expected: a pipe that nobody writes to, a device without end, a folder, a link to itself
or to nothing, nothing, a file without permissions, one of gigabytes of zeros."""
ODD: tuple[Odd, ...] = ("pipe", "endless", "folder", "circle", "nowhere", "absent", "secret", "sparse")
SPARSE_BYTES = 6 * 2**30

Files = Mapping[str, bytes | str]
"""Contents by path, relative to a folder; a text is one of `ODD`."""
Beat = Callable[[], None]
"""Called by a reader that tells its progress."""
RNG = partial(np.random.default_rng, 0)


@dataclass(frozen=True)
class Format:
    """A kind of files that the program reads.

    Attributes:
        megabytes: what reading any of them may allocate at the most.
        errors: what the reader may raise, as its callers catch it.
        good: files as they should be, of which each must be read without an error.
        read: reads them from a folder and does with the result what the program would do.
        called: what an error may name where it names none of the files; None where it need not name anything.
        others: paths of further files that may lie there.
        bombs: small files of very much.
        sparse: whether gigabytes of zeros are refused rather than read.
    """

    megabytes: int
    errors: tuple[type[Exception], ...]
    good: Callable[[], list[Files]]
    read: Callable[[Path, Beat], object]
    called: tuple[str, ...] | None = ()
    others: tuple[str, ...] = ()
    bombs: tuple[Callable[[], bytes], ...] = ()
    sparse: bool = True


def canary() -> Path:
    """The file that is made where a file's code is run."""
    return Path(os.environ["MNIST_VIZ_CANARY"])


def put(folder: Path, files: Files) -> None:
    """Lay the files into a new folder."""
    folder.mkdir()
    for name, contents in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        match contents:
            case bytes():
                path.write_bytes(contents)
            case "pipe":
                os.mkfifo(path)
            case "endless":
                path.symlink_to("/dev/zero")
            case "folder":
                path.mkdir()
            case "circle":
                path.symlink_to(path.name)
            case "nowhere":
                path.symlink_to(path.with_name("nothing of this name"))
            case "secret":
                path.write_bytes(b"secret")
                path.chmod(0)
            case "sparse":
                with path.open("wb") as file:
                    file.truncate(SPARSE_BYTES)


def _written(name: str, *writers: Callable[[Path], object]) -> list[Files]:
    """What each writes into a file of that name."""
    files: list[Files] = []
    with tempfile.TemporaryDirectory() as folder:
        for write in writers:
            write(Path(folder) / name)
            files.append({name: (Path(folder) / name).read_bytes()})
    return files


def _saved(save: Callable[[io.BytesIO], object]) -> bytes:
    file = io.BytesIO()
    save(file)
    return file.getvalue()


# What the program itself saves


def _models() -> list[Files]:
    def write(path: Path, sizes: tuple[int, ...], biases: bool) -> None:
        network = Network(sizes, "relu", biases=biases)
        network.parameters[:] = RNG().normal(0, 1, network.parameters.size)
        names = tuple(map(str, range(sizes[-1])))
        save_model(path, ModelFile(Model.of(network), names, {"dataset": "mnist", "accuracy": 0.9}), compact=biases)

    return _written(
        "model.npz", lambda path: write(path, (6, 4, 3), True), lambda path: write(path, (784, 5, 10), False)
    )


def _read_model(folder: Path, beat: Beat) -> None:
    path = folder / "model.npz"
    is_model_file(path)
    contents = load_model(path)
    read_digit(contents.model.network(), np.zeros(contents.model.sizes[0], np.uint8))
    "".join(contents.class_names).encode()


def _sessions() -> list[Files]:
    contents = session_contents()
    picture = SessionContents(contents.runs, Drawing((), np.eye(9, dtype=np.uint8), 2))
    return _written(
        "lesson.mnistviz", lambda path: save_session(path, contents), lambda path: save_session(path, picture)
    )


def _read_session(folder: Path, beat: Beat) -> None:
    path = folder / "lesson.mnistviz"
    is_model_file(path)
    contents = open_session(path, Watch(lambda *_: beat()))
    for run in contents.runs:
        f"{run.name} {run.dataset} {run.class_names} {run.incidents}".encode()
        run.history.state()
        tail = run.timeline.last
        assert tail is not None
        tail.model.network()
        if tail.state is not None:
            try:
                Trainer.resume(run.config, tail.state, TRAIN, VALIDATION, classes=3).state()
            except ValueError as error:
                raise SessionFileError(f"{path.name}: {error}") from error
    copy_of(contents.runs)


def _left_sessions() -> list[Files]:
    with tempfile.TemporaryDirectory() as folder:
        session = WindowSession(Path(folder))
        for _ in range(2):  # so that something follows what was written first
            session.keep(session_contents(), file="/somewhere/lesson.mnistviz", closed=False)
        found = {f"sessions/{path.name}": path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}
        session.close(remove=True)
    return [found]


def _read_left_session(folder: Path, beat: Beat) -> None:
    for left in find_left(folder / "sessions"):
        try:
            open_session(left.path, left_behind=True)
        finally:
            left.release()


@cache
def _window() -> Any:
    """The window with empty panels, which is what parses the bytes of a layout; and the application."""
    from PySide6.QtCore import qInstallMessageHandler
    from PySide6.QtWidgets import QApplication, QWidget

    from mnist_viz.system import qt_overrides
    from mnist_viz.views.actions import Actions
    from mnist_viz.views.message_bar import MessageBar
    from mnist_viz.views.timeline.bar import TimelineBar
    from mnist_viz.views.transport import TransportBar
    from mnist_viz.views.window import MainWindow

    qInstallMessageHandler(lambda *_: None)  # as in the program, what Qt says goes elsewhere
    qt_overrides.guard("mnist_viz")
    application, actions = QApplication(sys.argv[:1]), Actions()
    keys = ("draw", "weights", "activations", "curves", "settings", "compare", "errors", "runs")
    panels = {key: (key.title(), QWidget()) for key in keys}
    window = MainWindow(panels, actions, TransportBar(actions), TimelineBar(actions), MessageBar())
    window.show()
    return window, application


def _preferences() -> list[Files]:
    window, _ = _window()
    plain = window.arrangement.save()
    window.docks["curves"].setFloating(True)
    window.docks["runs"].hide()
    moved = window.arrangement.save()
    window.arrangement.restore_default()
    files: list[Files] = []
    for preferences in (Preferences("dark", plain, 12.5), Preferences("light", moved, None, "/data")):
        preferences.save()
        files.append({"preferences.json": Preferences.path().read_bytes()})
    return files


def _read_preferences(folder: Path, beat: Beat) -> None:
    window, application = _window()
    before, os.environ["MNIST_VIZ_CONFIG_DIR"] = os.environ["MNIST_VIZ_CONFIG_DIR"], str(folder)
    try:
        preferences = Preferences.load()
        assert preferences.save() == "" or preferences.problem
    finally:
        os.environ["MNIST_VIZ_CONFIG_DIR"] = before
    if preferences.layout:
        window.arrangement.restore(preferences.layout)
    available(preferences.data_dir or None)
    application.processEvents()
    window.arrangement.save()


# Pictures and drawings


def _picture(side: int = 40) -> Image.Image:
    picture = Image.new("L", (side, side), 250)
    ImageDraw.Draw(picture).line([(side * 0.3, side * 0.2), (side * 0.6, side * 0.2), (side * 0.5, side * 0.8)], 10, 4)
    return picture


def _encoded(picture: Image.Image, form: str = "PNG") -> bytes:
    return _saved(lambda file: picture.save(file, form))


def _pictures() -> list[Files]:
    forms = {"png": "PNG", "jpg": "JPEG", "gif": "GIF", "bmp": "BMP", "tif": "TIFF", "webp": "WEBP", "pgm": "PPM"}
    files: list[Files] = [{f"digit.{ending}": _encoded(_picture(), form)} for ending, form in forms.items()]
    clear = _picture().convert("RGBA")
    clear.putalpha(Image.eval(_picture(), lambda value: 255 - value))
    deep = Image.fromarray(np.asarray(_picture()).astype(np.float32))
    return [*files, {"digit.png": _encoded(clear)}, {"digit.tif": _encoded(deep, "TIFF")}]


def _noise(share: float) -> bytes:
    return _encoded(Image.fromarray(np.where(RNG().random((640, 900)) < share, 0, 255).astype(np.uint8)))


def _read_picture(folder: Path, beat: Beat) -> None:
    names = [path.name for path in sorted(folder.iterdir())]
    read_picture(str(folder / (names[0] if names else "digit.png")))


def _strokes() -> list[Files]:
    lines = [
        {"strokes": [[[0, 0], [3.5, 4], [1, 9]], [[5, 5]]]}, {"strokes": [[[10 * k % 7, k] for k in range(30)]]},
        {"strokes": []},
    ]  # fmt: skip
    drawn = [("7", [np.array([[0.0, 0.0], [3.5, 4.0], [1.0, 9.0]]), np.array([[5.0, 5.0]])])] * 2
    texts = ["\n".join(map(json.dumps, lines)), written(iter(drawn), ".ndjson"), written(iter(drawn), ".inkml")]
    return [{"pen.jsonl": text.encode()} for text in texts]


def _many_points(strokes: int) -> bytes:
    points = (RNG().random((100_000, 2)) * 9).round(6).tolist()
    step = len(points) // strokes
    return json.dumps({"label": "7", "strokes": [points[k : k + step] for k in range(0, len(points), step)]}).encode()


LINES = (
    lambda: _many_points(1),
    lambda: _many_points(50_000),
    lambda: b'{"strokes": [[' * 700_000,
    lambda: b"[" * 11_000_000,
    lambda: b"<ink>" + b"<trace>" * 100_000,
    lambda: b"<ink>" + b"<traceGroup>" * 5_000 + b"</traceGroup>" * 5_000 + b"</ink>",
    lambda: b'<!DOCTYPE ink [<!ENTITY a "9 9,">]><ink><trace>' + b"&a;" * 100_000 + b"</trace></ink>",
)


def _read_strokes(folder: Path, beat: Beat) -> None:
    path = folder / "pen.jsonl"
    with io.TextIOWrapper(open_file(path), encoding="utf-8") as stream:
        for _ in read_strokes(stream, str(path)):
            beat()


def _saved_drawings() -> list[Files]:
    lines = [{"label": str(k % 2), "strokes": [[[0, 0], [3.5, k], [1, 9]], [[5, 5]]]} for k in range(7)]
    return [{"drawings.jsonl": ("\n".join(map(json.dumps, [*lines, {"removed": "last"}])) + "\n").encode()}]


def _read_drawings(folder: Path, beat: Beat) -> None:
    os.environ["MNIST_VIZ_DRAWINGS"] = str(folder / "drawings.jsonl")
    before = drawings.load()
    drawings.counts()
    drawings.add("3", [np.array([[0.0, 0.0], [1.0, 2.0]])])
    assert len(drawings.load()) == len(before) + 1
    with suppress(DataError):  # too few, or of too many classes
        drawings.load_drawings(watch=Watch(lambda *_: beat()))


# The user's own data


def _read_own(folder: Path, beat: Beat, names: tuple[str, ...]) -> None:
    name = next((name for name in names if os.path.lexists(folder / name)), names[-1])
    dataset, summary = check_user_data(str(folder / name), watch=Watch(lambda *_: beat()))
    "".join(dataset.class_names).encode()
    "".join([*summary.decided, *summary.warnings]).encode(errors="surrogateescape")  # as names of files may be
    for part in (dataset.train, dataset.validation, dataset.test):
        assert len(part) == len(part.images) == len(part.labels) > 0
        assert int(np.max(part.labels)) < len(dataset.class_names)


def _tables() -> list[Files]:
    rng = RNG()
    rows = [",".join(map(str, [k % 3, *rng.integers(0, 256, 16)])) for k in range(20)]
    data = "\n".join(["label," + ",".join(f"p{k}" for k in range(16)), *rows]).encode()
    one_hot = ["\t".join(map(str, [*rng.random(16).round(3), *np.eye(3, dtype=int)[k % 3], ""])) for k in range(20)]
    european = [";".join(map(str, [k, *rng.random(16).round(3), k % 3])).replace(".", ",") for k in range(20)]
    return [
        {"table.csv": data},
        {"table.csv.gz": gzip.compress(data, mtime=0)},
        {"table.csv": "\n".join(one_hot).encode()},
        {"table.csv": "\n".join(["# from here", *european]).encode()},
    ]


TABLES = (
    lambda: b"0," * 2_000_000, lambda: b"0,1\n" * 100_000, lambda: b"\n" * 3_000_000, lambda: b"1" * 600_000,
    lambda: b"\n".join([b",".join([b"1"] * (500 * 500 + 1))] * 3),
)  # fmt: skip


def _archives() -> list[Files]:
    rng = RNG()
    sets: list[dict[str, Any]] = [
        {"x_train": rng.integers(0, 256, (12, 4, 4), np.uint8), "y_train": np.arange(12) % 3,
         "x_test": rng.integers(0, 256, (6, 4, 4), np.uint8), "y_test": np.arange(6) % 3},
        {"images": rng.random((12, 3, 4, 3)), "labels": np.array(list("abcabcabcabc"))},
        {"data": np.eye(16)[np.arange(12)], "target": np.arange(12) % 2, "class_names": np.array(["no", "yes"])},
    ]  # fmt: skip
    return [{"data.npz": _saved(lambda file, arrays=arrays: np.savez(file, **arrays))} for arrays in sets]  # type: ignore[misc]


def _archive_bomb(count: int, kind: type) -> bytes:
    """Very many pictures of nothing, which take next to no room in the file."""
    arrays: dict[str, Any] = {"x_train": np.zeros((count, 28, 28), kind), "y_train": np.arange(count) % 3}
    return _saved(lambda file: np.savez_compressed(file, **arrays))


def _folders() -> list[Files]:
    png = _encoded(_picture(28))
    some = {f"own/{label}/{k}.png": png for label in "ab" for k in range(4)}
    return [
        some,
        {f"own/{part}/{label}/{k}.png": png for part in ("train", "test") for label in "ab" for k in range(2)},
    ]


def _idx_pairs() -> list[Files]:
    """IDX files and `.npy` pairs as people have them, in a folder."""
    plain = _idx()[0]
    arrays = {name.replace("_", "-"): array for name, array in _arrays().items()}
    return [
        {f"own/deep/{name.upper().replace('-IDX', '.IDX')}": data for name, data in plain.items()},
        {f"own/{name.removesuffix('.gz')}": data for name, data in _idx()[1].items()},
        {f"own/{name}.npy": _saved(lambda file, array=array: np.save(file, array)) for name, array in arrays.items()},  # type: ignore[misc]
    ]


def _zips() -> list[Files]:
    """The same, tables, archives and pictures, packed."""
    packed: list[Files] = []
    for files in (_idx_pairs()[0], _idx_pairs()[2], _tables()[0], _archives()[0], _folders()[0], _folders()[1]):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in files.items():
                archive.writestr(name, data)
        packed.append({"data.zip": file.getvalue()})
    return packed


def _zip_bomb(count: int, length: int) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for k in range(count):
            archive.writestr(f"{k % 2}/{k}.png" if count > 1 else "train.csv", bytes(length))
    return file.getvalue()


FURTHER = (
    "own/a/x.png", "own/new/x.png", "own/.hidden/x.png", f"own/{'n' * 65}/x.png", "own/a\nb/x.png", "own/a/b/c/d.png",
    "own/a/x.txt", "own/x.png", "own/TRAIN/a/x.png", "own/val/a/x.png", "own/\udcff/x.png", "own/a/\udcff.png",
    "own/circle", "own/😀/x.png", "own/__MACOSX/x.png", "own/a/x.svg", "own/ /x.png", "own/a/circle",
)  # fmt: skip


# Published data sets: the files as they are fetched, and the prepared copy

SHAPES = {"train_images": (20, 6, 6), "train_labels": (20,), "test_images": (10, 6, 6), "test_labels": (10,)}


def _arrays() -> dict[str, Any]:
    rng = RNG()
    labels = {name: np.arange(shape[0], dtype=np.uint8) % 10 for name, shape in SHAPES.items()}
    return {n: rng.integers(1, 256, s, np.uint8) if len(s) > 1 else labels[n] for n, s in SHAPES.items()}


def _read_idx(folder: Path, beat: Beat) -> None:
    """What the process does that prepares a data set."""
    shapes: Any = SHAPES
    paths = IDX.check(folder, "the set", shapes)
    converted({name: idx.read(path) for name, path in paths.items()}, IDX, shapes, 10, "the set")


def _idx() -> list[Files]:
    plain = {
        MNIST_FILES[name]: struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + bytes(array.tobytes())
        for name, array in _arrays().items()
    }
    return [plain, {f"{name}.gz": gzip.compress(data, mtime=0) for name, data in plain.items()}]


IDX = RawFiles("Set", ".", 0, image_shape=(6, 6))

IDENTITY = {"folder": "/somewhere", "files": {"a": [1, 2]}}


def _prepared() -> list[Files]:
    arrays = {name: array.reshape(len(array), -1) if array.ndim > 1 else array for name, array in _arrays().items()}
    with tempfile.TemporaryDirectory() as folder:
        store.write(Path(folder) / "set", arrays, IDENTITY, token="x")
        return [{f"set/{path.name}": path.read_bytes() for path in sorted((Path(folder) / "set").iterdir())}]


def _read_prepared(folder: Path, beat: Beat) -> None:
    prepared = store.open_prepared(folder / "set", IDENTITY, {name: SHAPES[name] for name in ARRAYS}, 10)
    if prepared is not None:
        for array in prepared.values():
            array.sum()


FORMATS = {
    "model": Format(48, (ModelFileError, OSError), _models, _read_model),
    "session": Format(64, (SessionFileError, OSError), _sessions, _read_session),
    # Nobody but the program writes there, and gigabytes of zeros are read through.
    "left session": Format(64, (SessionFileError, OSError), _left_sessions, _read_left_session, sparse=False),
    "preferences": Format(64, (), _preferences, _read_preferences, called=None),
    # A picture of 50 million pixels, the most that is taken, is 200 MB where it has colours; who gave its name says it.
    "image": Format(
        640, (ValueError,), _pictures, _read_picture, called=None,
        bombs=(
            lambda: _encoded(Image.new("RGB", (7000, 7000))), lambda: _encoded(Image.new("1", (30_000, 1600))),
            lambda: _encoded(Image.new("L", (9000, 9000)), "GIF"), lambda: _noise(0.001), lambda: _noise(0.5),
            lambda: _encoded(Image.new("L", (1, 1))),
        ),
    ),
    "strokes": Format(512, (ValueError, OSError), _strokes, _read_strokes, bombs=LINES),
    "drawings": Format(128, (DataError,), _saved_drawings, _read_drawings, bombs=LINES),
    "csv": Format(
        96, (DataError,), _tables, partial(_read_own, names=("table.csv", "table.csv.gz")), bombs=TABLES,
    ),
    # A bomb becomes 200 MB of pictures; the program takes 1 GiB, for a moment 2.
    "npz": Format(
        640, (DataError,), _archives, partial(_read_own, names=("data.npz",)),
        bombs=(lambda: _archive_bomb(200_000, np.uint8), lambda: _archive_bomb(500, np.float64)),
    ),
    "own idx": Format(96, (DataError,), _idx_pairs, partial(_read_own, names=("own",))),
    "zip": Format(
        160, (DataError,), _zips, partial(_read_own, names=("data.zip",)),
        bombs=(lambda: _zip_bomb(5_000, 10_000), lambda: _zip_bomb(1, 200_000_000), lambda: _zip_bomb(2, 100_000_000)),
    ),
    "folder": Format(96, (DataError,), _folders, partial(_read_own, names=("own",)), others=FURTHER),
    "idx": Format(32, (DataError,), _idx, _read_idx, ("the set",)),
    "prepared": Format(32, (), _prepared, _read_prepared, called=None),
}  # fmt: skip
