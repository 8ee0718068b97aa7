"""Films: pictures one by one become a GIF, an MP4 or a folder of PNG files, whole or not at all."""

import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain, count, pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import GifImagePlugin, Image

from mnist_viz.data.errors import CancelledError
from mnist_viz.system.files import FileKind, check_writable, open_file, sync, sync_folder
from mnist_viz.system.processes import ended

Picture = NDArray[np.uint8]
"""(height, width, 3): red, green and blue, 0 to 255. All pictures of a film have one size."""

_ERROR_BYTES = 4096
_UNCHANGED = 255
"""Of a GIF's 256 colours, the one that stands for "as before"."""
_KEPT = 64
"""So many colours of a GIF's picture are exact, if it has too many."""
_HOLD = 1.0
"""Seconds that a GIF's last picture stays longer, before the film begins again."""
# Bytes a pixel of one picture, and the power with which they grow with the number of pictures: those recorded late
# differ little. Those of MP4 are guessed.
_USUAL_BYTES = {"gif": (0.6, 0.35), "mp4": (0.1, 0.5), "png": (0.25, 1.0)}


@dataclass(frozen=True)
class Format:
    """A form that a film can have.

    Attributes:
        key: its name in the program: "gif", "mp4" or "png".
        suffix: of the file, with its dot; empty for a folder.
        why_not: why it cannot be written here, as a sentence; empty if it can.
    """

    key: str
    title: str
    suffix: str
    why_not: str = ""

    @property
    def available(self) -> bool:
        return not self.why_not


def _is_mp4(path: Path) -> bool:
    with open_file(path) as file:
        return file.read(8)[4:] == b"ftyp"


_KINDS = {"gif": FileKind.beginning_with("GIF", b"GIF8"), "mp4": FileKind("MP4", _is_mp4)}


def formats() -> tuple[Format, ...]:
    """What a film can be written as here, the most usual first."""
    encoder = "" if shutil.which("ffmpeg") else "MP4 needs the program ffmpeg, which was not found."
    return Format("gif", "GIF", ".gif"), Format("mp4", "MP4", ".mp4", encoder), Format("png", "PNG files", "")


def usual_bytes(key: str, pictures: int, pixels: int) -> int:
    """About how large a film of so many pictures of so many pixels is: nothing but experience with this window."""
    first, power = _USUAL_BYTES[key]
    return int(pixels * first * float(pictures) ** power)


def free_path(path: str | os.PathLike[str]) -> Path:
    """`path`, or where something of that name is there, the first of "name 2", "name 3", ... that is free."""
    wanted = Path(path)
    if not os.path.lexists(wanted):
        return wanted
    names = (wanted.with_name(f"{wanted.stem} {number}{wanted.suffix}") for number in count(2))
    return next(name for name in names if not os.path.lexists(name))


def write_film(
    key: str,
    path: str | os.PathLike[str],
    pictures: Iterable[Picture],
    rate: float,
    cancelled: threading.Event | None = None,
    wrote: Callable[[int], object] = lambda _: None,
) -> Path:
    """Write a film and return where it is.

    It is made beside its place and moved there when it is done. A file that is there is replaced; a folder never
    is: then the new one gets a name of its own, see `free_path`.

    Args:
        path: the file, or the folder to make.
        pictures: in order; taken one at a time.
        rate: pictures a second.
        cancelled: set from another thread to end it, also where it waits for an encoder that hangs.

    Raises:
        OSError: it cannot be written; the message names it.
        CancelledError: `cancelled` was set.
        ValueError: there is no picture, or they differ in size.
    """
    target, cancelled = Path(path), cancelled or threading.Event()
    if key in _KINDS:
        check_writable(target, _KINDS[key])
    try:
        with _beside(target) as folder:
            made, checked = folder / "film", _checked(pictures, cancelled, wrote)
            if key == "mp4":
                _write_mp4(made, checked, rate, cancelled)
            elif key == "gif":
                _write_gif(made, checked, rate)
            else:
                _write_png(made, checked)
            _check(cancelled)
            _flush(made)
            if made.is_dir():
                target = free_path(target)
            made.rename(target) if made.is_dir() else made.replace(target)
        sync_folder(target.parent)
    except OSError as error:
        _check(cancelled)  # an encoder that was killed breaks its pipe
        raise OSError(f"cannot write {target}: {error.strerror or error}") from error
    return target


def _check(cancelled: threading.Event) -> None:
    if cancelled.is_set():
        raise CancelledError


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A folder beside `target` to work in, which is gone afterwards with all that is left in it."""
    folder = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _flush(made: Path) -> None:
    """Have all of it on the disk before it takes its place."""
    for path in made.iterdir() if made.is_dir() else (made,):
        with path.open("rb+") as file:
            sync(file)
    if made.is_dir():
        sync_folder(made)


def _checked(
    pictures: Iterable[Picture], cancelled: threading.Event, wrote: Callable[[int], object]
) -> Iterator[Picture]:
    """The pictures, contiguous, of which there is at least one, and all of one size."""
    shape: tuple[int, ...] = ()
    for number, picture in enumerate(pictures, start=1):
        _check(cancelled)
        shape = shape or picture.shape
        if picture.shape != shape:
            raise ValueError(f"the pictures of a film have one size, not {shape[1::-1]} and {picture.shape[1::-1]}")
        yield np.ascontiguousarray(picture)
        wrote(number)
    if not shape:
        raise ValueError("a film needs a picture")


def _write_png(folder: Path, pictures: Iterable[Picture]) -> None:
    folder.mkdir()
    for number, picture in enumerate(pictures, start=1):
        Image.fromarray(picture).save(folder / f"frame-{number:04}.png")


def _write_gif(path: Path, pictures: Iterable[Picture], rate: float) -> None:
    """Write picture after picture: Pillow's own `save_all` would keep all of them in memory until the last one."""
    before: Picture | None = None
    with path.open("wb") as file:
        for number, (picture, following) in enumerate(pairwise(chain(pictures, [None])), start=1):
            assert picture is not None
            if before is None:  # GIF89a with no palette of its own, which repeats (Netscape 2.0)
                height, width = picture.shape[:2]
                file.write(b"GIF89a" + width.to_bytes(2, "little") + height.to_bytes(2, "little") + b"\x70\0\0")
                file.write(b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0")
            # In hundredths of a second; rounding is carried on, so that thirty pictures a second last one second.
            time = round(100 * number / rate) - round(100 * (number - 1) / rate)
            if following is None:
                time += round(100 * _HOLD)
            part, corner = _changes(picture, before)
            file.writelines(
                GifImagePlugin.getdata(
                    part, corner, duration=10 * time, transparency=_UNCHANGED, disposal=1, include_color_table=True
                )
            )
            before = picture
        file.write(b";")


def _changes(picture: Picture, before: Picture | None) -> tuple[Image.Image, tuple[int, int]]:
    """The rectangle that differs from the picture before, with a palette of its own, and its left and top.

    Pixels in it that do not differ are transparent: so what does not change costs next to nothing and never flickers.
    """
    changed = np.ones(picture.shape[:2], bool) if before is None else (picture != before).any(axis=2)
    changed[0, 0] |= not changed.any()
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    palette, chosen = _palette(picture[box][changed[box]])
    indices = np.full(changed[box].shape, _UNCHANGED, np.uint8)
    indices[changed[box]] = chosen
    part = Image.fromarray(indices).convert("P")
    part.putpalette(palette.tobytes().ljust(3 * 256, b"\0"))
    return part, (int(columns[0]), int(rows[0]))


def _palette(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """(at most `_UNCHANGED`, 3) colours, and which of them stands for each of the (n, 3) pixels.

    The commonest are kept as they are, since grounds are large and flat; the others share what is left.
    """
    red, green, blue = pixels.T.astype(np.uint32)
    numbers, which, counts = np.unique(red << 16 | green << 8 | blue, return_inverse=True, return_counts=True)
    colours = np.stack([numbers >> 16, numbers >> 8 & 255, numbers & 255], axis=1).astype(np.uint8)
    if len(colours) <= _UNCHANGED:
        return colours, which.astype(np.uint8)
    order = np.argsort(counts)
    common, others = order[-_KEPT:], order[:-_KEPT]
    shared = Image.fromarray(colours[others][None]).quantize(_UNCHANGED - _KEPT, Image.Quantize.MAXCOVERAGE)
    index = np.empty(len(colours), np.uint8)
    index[common] = np.arange(_KEPT)
    index[others] = _KEPT + np.asarray(shared)[0]
    return np.concatenate([colours[common], np.array(shared.getpalette(), np.uint8).reshape(-1, 3)]), index[which]


def _write_mp4(path: Path, pictures: Iterable[Picture], rate: float, cancelled: threading.Event) -> None:
    """Let ffmpeg make H.264 of the raw pictures, in the form that every player reads."""
    rest = iter(pictures)
    first = next(rest)
    program = shutil.which("ffmpeg")
    if program is None:
        raise OSError("the program ffmpeg was not found")
    height, width = _even(first).shape[:2]
    command = [
        program, "-nostdin", "-hide_banner", "-loglevel", "error", "-y",
        "-f", "rawvideo", "-pixel_format", "rgb24", "-video_size", f"{width}x{height}", "-framerate", f"{rate:g}",
        "-i", "pipe:0", "-an",
        # The colours as a player expects them of a picture of this kind.
        "-vf", "scale=out_color_matrix=bt709:out_range=tv", "-pix_fmt", "yuv420p",
        "-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709", "-color_range", "tv",
        "-c:v", "libx264", "-preset", "medium", "-crf", "18", "-movflags", "+faststart", "-f", "mp4", f"file:{path}",
    ]  # fmt: skip
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),  # on Windows; 0 elsewhere
        )
        pipe = process.stdin
        assert pipe is not None
        whole = False
        with ended(process, cancelled):
            with suppress(OSError):  # where it has ended, it says why
                for picture in chain([first], rest):
                    pipe.write(_even(picture).data)
                whole = True
            with suppress(OSError):
                pipe.close()
            status = process.wait()
        _check(cancelled)
        if status or not whole:
            size = errors.seek(0, os.SEEK_END)
            errors.seek(max(0, size - _ERROR_BYTES))
            lines = [line.strip() for line in errors.read().decode(errors="replace").split("\n")]
            said = next((line for line in reversed(lines) if line), f"nothing, but ended with status {status}")
            raise OSError(f"ffmpeg says: {said}")


def _even(picture: Picture) -> Picture:
    """With an even width and height, as H.264 has them: the last row and column twice where they are odd."""
    height, width = picture.shape[:2]
    if height % 2 == 0 and width % 2 == 0:
        return picture
    return np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
