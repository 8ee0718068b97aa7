"""A picture file of a digit comes out as MNIST would have it, whatever its size, paper and ink."""

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mnist_viz.data import images, synthetic
from mnist_viz.data.images import image_to_digit, read_image
from mnist_viz.data.ink import PEN, render

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
    digits, _ = synthetic.generate(200, seed=3)
    for digit in digits.reshape(-1, 28, 28):
        np.testing.assert_array_equal(image_to_digit(digit), digit)


def test_dark_ink_on_light_paper_is_turned_round() -> None:
    np.testing.assert_array_equal(image_to_digit(255 - DIGIT), DIGIT)
    np.testing.assert_array_equal(image_to_digit(255 - page()), image_to_digit(page()))


def test_size_and_place_on_the_page_do_not_matter() -> None:
    for size in (40, 111, 900):
        for margins in ((1, 1, 1, 1), (3, 200, 90, 1)):
            assert difference(image_to_digit(page(size, *margins))) < 16


def test_a_small_picture_that_is_not_in_mnist_form_is_brought_into_it() -> None:
    corner = np.roll(DIGIT, (-3, 4), axis=(0, 1))
    assert difference(image_to_digit(corner)) < 25
    assert difference(corner) > 50


def test_faint_ink_becomes_full_ink() -> None:
    assert difference(image_to_digit((page() * 0.3 + 20).astype(np.uint8))) < 12


def test_a_photograph_with_noise_and_fading_light_is_read_as_the_digit() -> None:
    rng = np.random.default_rng(0)
    share = page() / 255
    light = np.linspace(150, 225, share.shape[1])
    photo = (light - 100 * share + rng.normal(0, 6, share.shape)).clip(0, 255).astype(np.uint8)
    assert difference(image_to_digit(photo)) < 20


def test_a_thin_line_on_a_large_page_is_not_lost() -> None:
    large = np.zeros((900, 700), np.uint8)
    large[100:800, 340:342] = 255
    digit = image_to_digit(large)
    assert np.flatnonzero(digit.any(axis=1)).size == 20
    assert (digit[14] > 200).sum() >= 1
    assert 1.5 < digit[14].sum() / 255 < 3


def test_a_wide_picture_keeps_its_aspect() -> None:
    bar = np.zeros((100, 900), np.uint8)
    bar[40:60, 50:850] = 255
    rows, columns = np.nonzero(image_to_digit(bar))
    assert np.ptp(columns) + 1 == 20
    assert np.ptp(rows) + 1 <= 4


@pytest.mark.parametrize("shade", [0, 128, 255])
def test_a_blank_picture_is_refused(shade: int) -> None:
    for size in ((28, 28), (1, 1), (300, 200)):
        with pytest.raises(ValueError, match="the picture is blank"):
            image_to_digit(np.full(size, shade, np.uint8))


def test_what_is_no_grey_picture_is_refused() -> None:
    pictures: list[Any] = [np.zeros((28, 28, 3), np.uint8), np.zeros((28, 28)), np.zeros((0, 5), np.uint8)]
    for array in pictures:
        with pytest.raises(ValueError, match=r"must be grey values, uint8 \(h, w\)"):
            image_to_digit(array)


@pytest.mark.parametrize("name", ["digit.png", "digit.bmp", "digit.gif", "digit.tiff", "digit.pgm"])
def test_a_file_holds_what_was_saved(tmp_path: Path, name: str) -> None:
    Image.fromarray(page()).save(tmp_path / name)
    np.testing.assert_array_equal(read_image(tmp_path / name), page())


@pytest.mark.parametrize("mode", ["RGB", "P", "1", "CMYK", "LA", "RGBA"])
def test_every_kind_of_pixel_is_read(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "digit.tiff" if mode == "CMYK" else tmp_path / "digit.png"
    Image.fromarray(page()).convert(mode).save(path)
    assert difference(image_to_digit(read_image(path))) < 25


def test_sixteen_bits_are_not_cut_off(tmp_path: Path) -> None:
    Image.fromarray(page().astype(np.uint16) * 100).save(tmp_path / "digit.png")
    np.testing.assert_array_equal(read_image(tmp_path / "digit.png"), page())


@pytest.mark.parametrize("shade", [0, 255])
def test_a_transparent_page_is_background_for_any_ink(tmp_path: Path, shade: int) -> None:
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


def test_a_file_that_is_missing_or_no_picture_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("no picture at all")
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "program.eps").write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    assert "there is no image" in refusal(tmp_path / "missing.png")
    assert "not an image that can be read" in refusal(tmp_path / "text.png")
    assert "not an image that can be read" in refusal(tmp_path / "program.eps")
    assert "cannot be read" in refusal(tmp_path / "folder.png")


def test_a_damaged_file_is_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "digit.png"
    Image.fromarray(page()).save(path)
    path.write_bytes(path.read_bytes()[:200])
    assert "cannot be read: it is damaged" in refusal(path)


@pytest.mark.parametrize("side", [8_000, 100_000])
def test_a_picture_that_would_fill_the_memory_is_refused_unopened(tmp_path: Path, side: int) -> None:
    path = tmp_path / "bomb.png"
    header = struct.pack(">4sIIBBBBB", b"IHDR", side, side, 8, 0, 0, 0, 0)
    data = b"IDAT" + zlib.compress(b"")
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + b"".join(
            struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
            for chunk in (header, data, b"IEND")
        )
    )
    assert "more than 50 million pixels" in refusal(path)
