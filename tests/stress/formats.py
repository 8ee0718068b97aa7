"""All files that the program reads: good ones of each format, and how the program reads them."""

import gzip
import io
import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

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
from tests.data.own_files import IMAGES, npy, npz, table, zipped
from tests.data.own_files import idx as to_idx
from tests.small_runs import TRAIN, VALIDATION, session_contents

ODD: dict[str, Callable[[Path], object]] = {
    "pipe": os.mkfifo,  # that nobody writes to
    "endless": lambda path: path.symlink_to("/dev/zero"),
    "folder": Path.mkdir,
    "circle": lambda path: path.symlink_to(path.name),
    "nowhere": lambda path: path.symlink_to(path.with_name("nothing of this name")),
    "absent": lambda path: None,
    "secret": lambda path: path.touch(mode=0),
    "sparse": lambda path: _zeros(path, 6 * 2**30),
}
"""What may lie where a file is expected."""

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


def _zeros(path: Path, count: int) -> None:
    with path.open("wb") as file:
        file.truncate(count)


def put(folder: Path, files: Files) -> None:
    """Lay the files into a new folder."""
    folder.mkdir()
    for name, contents in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(contents, bytes):
            path.write_bytes(contents)
        else:
            ODD[contents](path)


def _written(name: str, *writers: Callable[[Path], object]) -> list[Files]:
    """What each writes into a file of that name."""
    files: list[Files] = []
    with tempfile.TemporaryDirectory() as folder:
        for write in writers:
            write(Path(folder) / name)
            files.append({name: (Path(folder) / name).read_bytes()})
    return files


def encoded(picture: Image.Image, form: str = "PNG") -> bytes:
    file = io.BytesIO()
    picture.save(file, form)
    return file.getvalue()


# What the program itself saves


def _models() -> list[Files]:
    def write(path: Path, sizes: tuple[int, ...], biases: bool) -> None:
        network = Network(sizes, "relu", biases=biases)
        network.parameters[:] = RNG().normal(0, 1, network.parameters.size)
        names = tuple(map(str, range(sizes[-1])))
        save_model(path, ModelFile(Model.of(network), names, {"dataset": "mnist", "accuracy": 0.9}), compact=biases)

    small, large = partial(write, sizes=(6, 4, 3), biases=True), partial(write, sizes=(784, 5, 10), biases=False)
    return _written("model.npz", small, large)


def _read_model(folder: Path, beat: Beat) -> None:
    path = folder / "model.npz"
    is_model_file(path)
    contents = load_model(path)
    read_digit(contents.model.network(), np.zeros(contents.model.sizes[0], np.uint8))
    "".join(contents.class_names).encode()


def _sessions() -> list[Files]:
    contents = session_contents()
    picture = SessionContents(contents.runs, Drawing((), np.eye(9, dtype=np.uint8), 2))
    return _written("lesson.mnistviz", *(partial(save_session, contents=each) for each in (contents, picture)))


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


def _pictures() -> list[Files]:
    forms = {"png": "PNG", "jpg": "JPEG", "gif": "GIF", "bmp": "BMP", "tif": "TIFF", "webp": "WEBP", "pgm": "PPM"}
    files: list[Files] = [{f"digit.{ending}": encoded(_picture(), form)} for ending, form in forms.items()]
    clear = _picture().convert("RGBA")
    clear.putalpha(Image.eval(_picture(), lambda value: 255 - value))
    deep = Image.fromarray(np.asarray(_picture()).astype(np.float32))
    return [*files, {"digit.png": encoded(clear)}, {"digit.tif": encoded(deep, "TIFF")}]


def _noise(share: float) -> bytes:
    return encoded(Image.fromarray(np.where(RNG().random((640, 900)) < share, 0, 255).astype(np.uint8)))


def _read_picture(folder: Path, beat: Beat) -> None:
    names = [path.name for path in sorted(folder.iterdir())]
    read_picture(str(folder / (names[0] if names else "digit.png")))


def _strokes() -> list[Files]:
    drawn = [("7", [np.array([[0.0, 0.0], [3.5, 4.0], [1.0, 9.0]]), np.array([[5.0, 5.0]])])] * 2
    lines = [STROKES, [[[10 * k % 7, k] for k in range(30)]], []]
    texts = [
        "\n".join(json.dumps({"strokes": strokes}) for strokes in lines),
        *(written(iter(drawn), ending) for ending in (".ndjson", ".inkml")),
    ]
    return [{"pen.jsonl": text.encode()} for text in texts]


STROKES = [[[0, 0], [3.5, 4], [1, 9]], [[5, 5]]]


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
    lines = [*({"label": str(k % 2), "strokes": STROKES} for k in range(7)), {"removed": "last"}]
    return [{"drawings.jsonl": "".join(json.dumps(line) + "\n" for line in lines).encode()}]


def _read_drawings(folder: Path, beat: Beat) -> None:
    os.environ["MNIST_VIZ_DRAWINGS"] = str(folder / "drawings.jsonl")
    before = drawings.load()
    drawings.counts()
    drawings.add([("3", [np.array([[0.0, 0.0], [1.0, 2.0]])])])
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
    data = table(SMALL, header="label," + ",".join(f"p{k}" for k in range(16))).encode()
    one_hot = ["\t".join(map(str, [*row, *np.eye(3, dtype=int)[k % 3], ""])) for k, row in enumerate(SHARES)]
    european = [";".join(map(str, [k, *row, k % 3])).replace(".", ",") for k, row in enumerate(SHARES)]
    texts = ("\n".join(one_hot), "\n".join(["# from here", *european]))
    return [
        {"table.csv": data}, {"table.csv.gz": gzip.compress(data, mtime=0)},
        *({"table.csv": text.encode()} for text in texts),
    ]  # fmt: skip


SMALL = IMAGES[:, 1:5, 1:5]
SHARES = (SMALL[:20].reshape(20, -1) / 255).round(3).tolist()
TABLES = (
    lambda: b"0," * 2_000_000, lambda: b"0,1\n" * 100_000, lambda: b"\n" * 3_000_000, lambda: b"1" * 600_000,
    lambda: b"\n".join([b",".join([b"1"] * (500 * 500 + 1))] * 3),
)  # fmt: skip


def _archives() -> list[Files]:
    labels = np.arange(len(SMALL)) % 3
    x, y = {"x_train": SMALL[:12], "x_test": SMALL[12:18]}, {"y_train": labels[:12], "y_test": labels[12:18]}
    sets: list[dict[str, Any]] = [
        x | y,
        {"images": RNG().random((12, 3, 4, 3)), "labels": np.array(list("abcabcabcabc"))},
        {"data": np.eye(16)[np.arange(12)], "target": np.arange(12) % 2, "class_names": np.array(["no", "yes"])},
    ]
    return [{"data.npz": npz(**arrays)} for arrays in sets]


def _archive_bomb(count: int, kind: type) -> bytes:
    """Very many pictures of nothing, which take next to no room in the file."""
    arrays = {"x_train.npy": npy(np.zeros((count, 28, 28), kind)), "y_train.npy": npy(np.arange(count) % 3)}
    return zipped(arrays)


def _folders() -> list[Files]:
    picture = encoded(_picture(28))
    return [
        {f"own/{part}{label}/{k}.png": picture for part in parts for label in "ab" for k in range(4 // len(parts))}
        for parts in (("",), ("train/", "test/"))
    ]


def _idx_pairs() -> list[Files]:
    """IDX files and `.npy` pairs as people have them, in a folder."""
    arrays = {f"own/{name.replace('_', '-')}.npy": npy(array) for name, array in _arrays().items()}
    return [
        {f"own/deep/{name.upper().replace('-IDX', '.IDX')}": data for name, data in _idx()[0].items()},
        {f"own/{name.removesuffix('.gz')}": data for name, data in _idx()[1].items()},
        arrays,
    ]


def _zips() -> list[Files]:
    """The same, tables, archives and pictures, packed."""
    packed = (_idx_pairs()[0], _idx_pairs()[2], _tables()[0], _archives()[0], *_folders())
    return [{"data.zip": zipped(files)} for files in packed]  # type: ignore[arg-type]


def _zip_bomb(count: int, length: int) -> bytes:
    return zipped({f"{k % 2}/{k}.png" if count > 1 else "train.csv": bytes(length) for k in range(count)})


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
    plain = {MNIST_FILES[name]: to_idx(array) for name, array in _arrays().items()}
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
            lambda: encoded(Image.new("RGB", (7000, 7000))), lambda: encoded(Image.new("1", (30_000, 1600))),
            lambda: encoded(Image.new("L", (9000, 9000)), "GIF"), lambda: _noise(0.001), lambda: _noise(0.5),
            lambda: encoded(Image.new("L", (1, 1))),
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
