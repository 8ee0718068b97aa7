"""What arrays the engine takes: converted where their meaning is clear, else refused by name."""

from typing import Any

import numpy as np
import pytest

from mnist_viz.engine.samples import as_images, as_labels, check_samples

BYTES = np.random.default_rng(0).integers(0, 256, (5, 12), dtype=np.uint8)
LABELS = np.array([0, 2, 1, 2, 0])


def test_bytes_are_taken_as_they_are() -> None:
    assert as_images(BYTES, "X") is BYTES


@pytest.mark.parametrize("dtype", [np.int64, np.int32, np.uint16, np.int16])
def test_whole_numbers_from_0_to_255_are_bytes(dtype: Any) -> None:
    images = as_images(BYTES.astype(dtype), "X")
    assert images.dtype == np.uint8
    np.testing.assert_array_equal(images, BYTES)


@pytest.mark.parametrize("dtype", [np.int64, np.bool_])
def test_zeros_and_ones_are_numbers_from_0_to_1(dtype: Any) -> None:
    images = as_images((BYTES > 100).astype(dtype), "X")
    assert images.dtype == np.float32
    assert images.max() == 1.0


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_other_numbers_become_float32_and_keep_their_value(dtype: Any) -> None:
    images = as_images((BYTES / 255).astype(dtype), "X")
    assert images.dtype == np.float32
    np.testing.assert_allclose(images, BYTES / 255, atol=1e-3)


def test_what_does_not_lie_in_one_piece_is_copied_once() -> None:
    every_second = np.repeat(BYTES, 2, axis=0)[::2]
    assert as_images(every_second, "X").flags.c_contiguous
    assert as_images(np.asfortranarray(BYTES / 255), "X").flags.c_contiguous


def test_pictures_with_height_and_width_become_rows() -> None:
    np.testing.assert_array_equal(as_images(BYTES.reshape(5, 3, 4), "X", 12), BYTES)
    assert as_images(BYTES.tolist(), "X").dtype == np.uint8


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (BYTES[:, :9], r"X must have the shape \(n, 12\) with n at least 1, not \(5, 9\)"),
        (BYTES[0], r"X must have the shape \(n, 12\) with n at least 1, not \(12,\)"),
        (BYTES[:0], r"X must have the shape \(n, 12\) with n at least 1, not \(0, 12\)"),
        (BYTES / 255 * np.nan, "X holds numbers that are not finite"),
        (np.full((2, 12), np.inf), "X holds numbers that are not finite"),
        (np.full((2, 12), 1e300), "X holds numbers that are not finite"),
        (BYTES.astype(float), r"X looks like pixels from 0 to 255 \(greatest 2\d\d\); divide it by 255"),
        (BYTES.astype(int) - 200, "X must be whole numbers from 0 to 255, not -"),
        (BYTES.astype(int) * 9, r"X must be whole numbers from 0 to 255, not \d+ to \d+"),
        (np.full((2, 12), "a"), "X must hold numbers, not <U1"),
    ],
)
def test_images_that_make_no_sense_are_refused(images: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        as_images(images, "X", 12)


@pytest.mark.parametrize(
    "labels",
    [LABELS, LABELS.astype(np.uint8), LABELS.astype(float), LABELS.tolist(), np.eye(3)[LABELS], np.eye(3)[LABELS] > 0],
    ids=["int", "uint8", "float", "list", "one-hot", "one-hot of truth values"],
)
def test_labels_are_class_numbers_or_one_hot_rows(labels: Any) -> None:
    found = as_labels(labels, 3, "y")
    np.testing.assert_array_equal(found, LABELS)
    assert found.dtype.kind in "iu"


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (LABELS + 1, "y must be from 0 to 2, not 1 to 3"),
        (LABELS - 1, "y must be from 0 to 2, not -1 to 1"),
        (LABELS + 0.5, r"y must hold class numbers of shape \(n,\), not float64 \(5,\)"),
        (LABELS * np.nan, r"y must hold class numbers of shape \(n,\), not float64 \(5,\)"),
        (np.array(["a", "b"]), r"y must hold class numbers of shape \(n,\), not <U1 \(2,\)"),
        (np.zeros((5, 4)), r"y must hold class numbers of shape \(n,\), not float64 \(5, 4\)"),
        (np.full((5, 3), 0.3), r"y must be one-hot rows with a single 1, or class numbers of shape \(n,\)"),
        (np.ones((5, 3)), r"y must be one-hot rows with a single 1, or class numbers of shape \(n,\)"),
    ],
)
def test_labels_that_make_no_sense_are_refused(labels: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        as_labels(labels, 3, "y")


def test_images_and_labels_must_be_as_many() -> None:
    with pytest.raises(ValueError, match="X_val has 5 images and y_val 4 labels"):
        check_samples(BYTES, LABELS[:-1], 3, "val")
