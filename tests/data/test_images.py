"""A picture file of a digit comes out as MNIST would have it, whatever its size, paper and ink."""

import contextlib
import io
import os
import struct
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mnist_viz.data.drawing import images
from mnist_viz.data.drawing.images import image_to_digit, read_image
from mnist_viz.data.drawing.ink import PEN
from mnist_viz.data.drawing.normalization import render
from mnist_viz.data.drawing.numbers import rows
from mnist_viz.data.synthetic import handwriting

THREE = np.array(
    [(6, 16), (22, 2), (46, 1), (58, 15), (50, 34), (26, 46), (50, 50), (66, 68), (56, 92), (32, 100), (4, 90)]
)
DIGIT = render([THREE])


def page(size: float = 250, top: int = 40, left: int = 10, bottom: int = 15, right: int = 120) -> NDArray[np.uint8]:
    """The digit, so many pixels high, drawn with a round light pen somewhere on a dark page."""
    pen = size * PEN / 20
    path = 4 * (THREE * (size - pen) / 100 + pen / 2 + (left, top))
    large = Image.new("L", (4 * (left + right + int(0.8 * size)), 4 * (top + bottom + int(size))))
    draw = ImageDraw.Draw(large)
    draw.line([tuple(point) for point in path], fill=255, width=round(4 * pen))
    for x, y in path:
        draw.ellipse((x - 2 * pen, y - 2 * pen, x + 2 * pen, y + 2 * pen), fill=255)
    return np.asarray(large.reduce(4))


def difference(digit: NDArray[np.uint8]) -> float:
    """Grey levels by which a digit differs from the one on the page, averaged over its ink.

    A pixel up or down, left or right is no difference: a centre of mass between two pixels goes either way.
    """
    assert digit.shape == (28, 28)
    assert digit.dtype == np.uint8
    places = [np.roll(digit, place, axis=(0, 1)) for place in np.ndindex(3, 3)]
    return min(
        float(np.abs(np.roll(place, (-1, -1), axis=(0, 1)) - DIGIT.astype(int))[DIGIT > 0].mean()) for place in places
    )


def test_a_digit_in_mnist_form_comes_back_unchanged() -> None:
    digits, _ = handwriting.generate(200, seed=3)
    for digit in digits.reshape(-1, 28, 28):
        np.testing.assert_array_equal(image_to_digit(digit), digit)
    (found,) = images.image_to_digits(DIGIT)
    np.testing.assert_array_equal(found.picture, DIGIT)


def test_dark_ink_or_faint_ink_is_ink() -> None:
    np.testing.assert_array_equal(image_to_digit(255 - DIGIT), DIGIT)
    np.testing.assert_array_equal(image_to_digit(255 - page()), image_to_digit(page()))
    assert difference(image_to_digit((page() * 0.3 + 20).astype(np.uint8))) < 12


def test_size_and_place_on_the_page_do_not_matter() -> None:
    for size in (40, 111, 900):
        for margins in ((1, 1, 1, 1), (3, 200, 90, 1)):
            assert difference(image_to_digit(page(size, *margins))) < 16


def test_a_small_picture_that_is_not_in_mnist_form_is_brought_into_it() -> None:
    corner = np.roll(DIGIT, (-3, 4), axis=(0, 1))
    assert difference(image_to_digit(corner)) < 25
    assert difference(corner) > 50


def test_a_thin_line_is_not_lost_and_a_wide_picture_keeps_its_aspect() -> None:
    large = np.zeros((900, 700), np.uint8)
    large[100:800, 340:342] = 255
    digit = image_to_digit(large)
    assert np.flatnonzero(digit.any(axis=1)).size == 20
    assert (digit[14] > 200).sum() >= 1
    assert 1.5 < digit[14].sum() / 255 < 3
    bar = np.zeros((100, 900), np.uint8)
    bar[40:60, 50:850] = 255
    rows, columns = np.nonzero(image_to_digit(bar))
    assert np.ptp(columns) + 1 == 20
    assert np.ptp(rows) + 1 <= 4


def test_a_blank_picture_and_what_is_none_are_refused() -> None:
    for shade in (0, 128, 255):
        for size in ((28, 28), (1, 1), (300, 200)):
            with pytest.raises(ValueError, match="the picture is blank"):
                image_to_digit(np.full(size, shade, np.uint8))
    for light in (fading((300, 400)), np.ones((300, 400)), np.full((40, 60), 0.5)):
        with pytest.raises(ValueError, match="the picture is blank"):
            image_to_digit(lit(np.zeros(light.shape), light))
    pictures: list[Any] = [np.zeros((28, 28, 3), np.uint8), np.zeros((28, 28)), np.zeros((0, 5), np.uint8)]
    for array in pictures:
        with pytest.raises(ValueError, match=r"must be grey values, uint8 \(h, w\)"):
            image_to_digit(array)


def test_a_file_holds_what_was_saved_and_every_kind_of_pixel_is_read(tmp_path: Path) -> None:
    for ending in ("png", "gif", "tiff", "pgm"):
        path = tmp_path / f"digit.{ending}"
        Image.fromarray(page()).save(path)
        np.testing.assert_array_equal(read_image(path), page())
    for mode in ("RGB", "P", "1", "CMYK", "LA", "RGBA"):
        path = tmp_path / f"digit.{'tiff' if mode == 'CMYK' else 'png'}"
        Image.fromarray(page()).convert(mode).save(path)
        assert difference(image_to_digit(read_image(path))) < 25
    Image.fromarray(page().astype(np.uint16) * 100).save(tmp_path / "digit.png")  # sixteen bits are not cut off
    np.testing.assert_array_equal(read_image(tmp_path / "digit.png"), page())


def test_a_transparent_page_is_background_for_any_ink(tmp_path: Path) -> None:
    for shade in (0, 255):
        ink = Image.new("RGBA", page().shape[::-1], (shade, shade, shade, 0))
        ink.putalpha(Image.fromarray(page()))
        ink.save(tmp_path / "digit.png")
        assert difference(image_to_digit(read_image(tmp_path / "digit.png"))) < 16


def test_a_picture_taken_sideways_is_turned_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: turn by 90 degrees clockwise to view
    Image.fromarray(np.rot90(page())).save(tmp_path / "digit.png", exif=exif)
    np.testing.assert_array_equal(read_image(tmp_path / "digit.png"), page())


def test_a_large_picture_is_averaged_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "LONGEST", 100)
    Image.fromarray(page()).save(tmp_path / "digit.png")
    small = read_image(tmp_path / "digit.png")
    assert max(small.shape) <= 100
    assert difference(image_to_digit(small)) < 16


def refusal(path: Path) -> str:
    with pytest.raises(ValueError, match=path.name) as caught:
        read_image(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_picture_that_would_fill_the_memory_is_refused_unopened(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    header = struct.pack(">4sIIBBBBB", b"IHDR", 8_000, 8_000, 8, 0, 0, 0, 0)
    chunks = (header, b"IDAT" + zlib.compress(b""), b"IEND")
    packed = (struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) for chunk in chunks)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(packed))
    assert "more than 50 million pixels" in refusal(path)
    Image.new("1", (1, 100_001)).save(path)  # each row costs memory, though there are few pixels
    assert "has more than 50 million pixels, or 100,000 along a side" in refusal(path)


def test_a_damaged_length_sets_no_memory_aside(tmp_path: Path) -> None:
    path = tmp_path / "digit.png"
    Image.new("L", (40, 40)).save(path)
    whole = path.read_bytes()
    at = whole.index(b"IDAT") - 4
    path.write_bytes(whole[:at] + b"\x27" + whole[at + 1 :])  # of 650 MB
    tracemalloc.start()
    try:
        with contextlib.suppress(ValueError):
            read_image(path)
        assert tracemalloc.get_traced_memory()[1] < 50e6
    finally:
        tracemalloc.stop()


def lit(share: NDArray[np.floating], light: NDArray[np.floating] | float, seed: int = 0) -> NDArray[np.uint8]:
    """A photograph of dark ink on light paper in this light, with the camera's noise."""
    noise = np.random.default_rng(seed).normal(0, 4, share.shape)
    return ((220 - 170 * share) * light + noise).clip(0, 255).astype(np.uint8)


def fading(shape: tuple[int, ...]) -> NDArray[np.floating]:
    y, x = np.mgrid[: shape[0], : shape[1]] / max(shape)
    return np.asarray(1 - 0.4 * x - 0.3 * y)


def shadow(shape: tuple[int, ...], soft: float = 4.0) -> NDArray[np.floating]:
    """Half of the page lies in a shadow, whose edge runs through the digit."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    return np.asarray(1 - 0.5 / (1 + np.exp(-(x + 0.4 * y - 0.6 * shape[1]) / soft)))


SHARE = page() / 255


def test_uneven_light_does_not_matter_nor_whether_ink_or_paper_is_light() -> None:
    for light in (fading(SHARE.shape), shadow(SHARE.shape), shadow(SHARE.shape, 25.0)):
        assert difference(image_to_digit(lit(SHARE, light))) < 30
    board = (40 + 180 * SHARE) * fading(SHARE.shape) + np.random.default_rng(0).normal(0, 3, SHARE.shape)
    assert difference(image_to_digit(board.clip(0, 255).astype(np.uint8))) < 30


def test_the_lines_of_the_paper_are_no_ink() -> None:
    paper, scan = np.ones(SHARE.shape), 255 - page(250, 70, 60, 80, 170)
    for axis in (0, 1):  # ruled, then squared
        paper, scan = np.swapaxes(paper, 0, axis), np.swapaxes(scan, 0, axis)
        paper[9::30] = 0.75
        for start in range(20, scan.shape[0], 40):
            scan[start : start + 2] = np.minimum(scan[start : start + 2], 170)
        paper, scan = np.swapaxes(paper, 0, axis), np.swapaxes(scan, 0, axis)
        assert difference(image_to_digit(lit(SHARE, paper * fading(SHARE.shape)))) < 30
        assert difference(image_to_digit(scan)) < 30  # which is evenly lit


def test_specks_and_the_table_beside_the_paper_are_no_ink() -> None:
    rng = np.random.default_rng(1)
    share = SHARE.copy()
    for row, column in rng.integers(0, np.array(SHARE.shape) - 4, (30, 2)):
        share[row : row + 3, column : column + 3] = 1
    for picture in (lit(share, 1.0), (255 * share).astype(np.uint8)):
        assert difference(image_to_digit(picture)) < 30
    photo = lit(np.pad(SHARE, 40), 1.0)
    photo[:, :25] = 50
    photo[-20:] = 60
    assert difference(image_to_digit(photo)) < 30


def test_a_photograph_is_read_from_its_jpeg(tmp_path: Path) -> None:
    for quality in (30, 80):
        Image.fromarray(lit(SHARE, shadow(SHARE.shape))).save(tmp_path / "photo.jpg", quality=quality)
        assert difference(image_to_digit(read_image(tmp_path / "photo.jpg"))) < 30


def test_a_small_digit_on_a_large_page_is_looked_at_from_near() -> None:
    share = page(90, 700, 500, 600, 900) / 255
    assert difference(image_to_digit(lit(share, fading(share.shape)))) < 35


def test_the_digits_of_a_number_come_from_left_to_right_with_their_boxes() -> None:
    share = np.concatenate([SHARE, SHARE, SHARE], axis=1)
    for picture in (lit(share, fading(share.shape)), (255 * share).astype(np.uint8)):
        found = images.image_to_digits(picture)
        assert len(found) == 3
        for k, digit in enumerate(found):
            assert difference(digit.picture) < 30
            left, top, right, bottom = digit.box
            row, column = np.nonzero(SHARE > 0.5)
            near = (left - k * SHARE.shape[1], top, right - k * SHARE.shape[1], bottom)
            np.testing.assert_allclose(near, (column.min(), row.min(), column.max() + 1, row.max() + 1), atol=6)


def test_rows_stay_rows_and_the_parts_of_one_digit_are_none() -> None:
    row = np.concatenate([SHARE, SHARE], axis=1)
    found = images.image_to_digits((255 * np.concatenate([row, row], axis=0)).astype(np.uint8))
    assert rows([digit.box for digit in found]) == [[0, 1], [2, 3]]
    assert found[0].box[0] < found[1].box[0] > found[2].box[0] < found[3].box[0]
    cut = page(250, 40, 40, 40, 120).copy()
    cut[150:190] = 0
    assert len(images.image_to_digits(cut)) == 1


def test_ink_may_differ_from_paper_in_colour_alone(tmp_path: Path) -> None:
    share = page()[..., None] / 255
    for ink, ground in (
        ((255, 255, 0), (255, 255, 255)),
        ((200, 40, 40), (40, 90, 40)),
        ((0, 0, 255), (0, 0, 0)),
    ):
        Image.fromarray((share * ink + (1 - share) * ground).astype(np.uint8)).save(tmp_path / "colour.png")
        assert difference(image_to_digit(read_image(tmp_path / "colour.png"))) < 25


def test_a_digit_cut_out_of_its_paper_keeps_a_fringe_that_is_no_ink(tmp_path: Path) -> None:
    thin = np.asarray(Image.fromarray(255 - page(300)).reduce(3))
    picture = Image.fromarray(np.dstack([thin, thin, thin, np.where(thin < 250, 255, 0).astype(np.uint8)]))
    for saved in (picture, picture.quantize(32)):
        saved.save(tmp_path / "cut.png")
        assert difference(image_to_digit(read_image(tmp_path / "cut.png"))) < 30


def test_a_blank_first_frame_is_passed_over(tmp_path: Path) -> None:
    drawn = Image.fromarray(255 - page())
    blank = Image.new("L", drawn.size, 255)
    blank.save(tmp_path / "film.gif", save_all=True, append_images=[drawn])
    assert difference(image_to_digit(read_image(tmp_path / "film.gif"))) < 40


def test_the_bar_of_a_five_stays_with_it() -> None:
    five = Image.new("L", (200, 260))
    draw = ImageDraw.Draw(five)
    draw.line([(70, 60), (60, 130), (120, 140), (130, 190), (100, 225), (50, 215)], fill=255, width=14)
    draw.line([(95, 45), (160, 40)], fill=255, width=14)
    (found,) = images.image_to_digits(np.asarray(five))
    assert (found.picture[:9, 14:] > 0).sum() > 8


def test_numbers_averaged_in_strips_are_those_averaged_at_once(tmp_path: Path) -> None:
    values = np.random.default_rng(0).integers(0, 2**16, (2503, 2101), dtype=np.uint16)
    Image.fromarray(values).save(tmp_path / "deep.png")
    averaged = np.asarray(Image.fromarray(values.astype(np.float32)).reduce(2))
    low, high = averaged.min(), averaged.max()
    assert (read_image(tmp_path / "deep.png") == np.rint((averaged - low) * (255 / (high - low)))).all()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: None, "there is no image"),
        (lambda path: path.write_text("no picture at all"), "not an image that can be read"),
        (lambda path: path.write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"), "not an image that can be"),
        (lambda path: path.write_bytes(png()[:200]), "cannot be read: it is damaged"),
        (lambda path: path.mkdir(), "cannot be read"),
        (
            lambda path: path.write_bytes(b"\0\0\0\x18ftypheic" + bytes(50)),
            "is a HEIC image, which cannot be read; save",
        ),
        (os.mkfifo, "cannot be read"),
        (lambda path: path.symlink_to("/dev/zero"), "cannot be read"),
    ],
    ids=["nothing", "text", "program", "damaged", "folder", "telephone", "pipe", "device"],
)
def test_what_is_no_picture_is_refused_at_once_in_one_line(
    tmp_path: Path, make: Callable[[Path], object], said: str
) -> None:
    make(tmp_path / "digit.png")
    assert said in refusal(tmp_path / "digit.png")


def png() -> bytes:
    file = io.BytesIO()
    Image.fromarray(page()).save(file, "PNG")
    return file.getvalue()
