"""What arrays the engine takes: converted where their meaning is clear, else refused by name."""

from typing import Any

import numpy as np
import pytest

from mnist_viz.engine.samples import as_images, as_labels, check_samples

BYTES = np.random.default_rng(0).integers(0, 256, (5, 12), dtype=np.uint8)
LABELS = np.array([0, 2, 1, 2, 0])


def test_images_become_bytes_or_numbers_from_0_to_1() -> None:
    assert as_images(BYTES, "X") is BYTES
    for given in (BYTES.astype(np.int64), BYTES.astype(np.uint16), BYTES.astype(np.int16), BYTES.tolist()):
        images = as_images(given, "X")
        assert images.dtype == np.uint8
        np.testing.assert_array_equal(images, BYTES)
    for truth in (BYTES > 100, (BYTES > 100).astype(np.int64)):  # zeros and ones are no bytes
        images = as_images(truth, "X")
        assert images.dtype == np.float32
        assert images.max() == 1.0
    for kind in (np.float64, np.float32, np.float16):
        images = as_images((BYTES / 255).astype(kind), "X")
        assert images.dtype == np.float32
        np.testing.assert_allclose(images, BYTES / 255, atol=1e-3)


def test_images_become_rows_in_one_piece() -> None:
    assert as_images(np.repeat(BYTES, 2, axis=0)[::2], "X").flags.c_contiguous
    assert as_images(np.asfortranarray(BYTES / 255), "X").flags.c_contiguous
    np.testing.assert_array_equal(as_images(BYTES.reshape(5, 3, 4), "X", 12), BYTES)


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


def test_labels_are_class_numbers_or_one_hot_rows() -> None:
    kinds: list[Any] = [LABELS, LABELS.astype(np.uint8), LABELS.astype(float), LABELS.tolist(), np.eye(3)[LABELS]]
    for labels in (*kinds, np.eye(3)[LABELS] > 0):
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
