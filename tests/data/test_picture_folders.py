"""Folders of pictures become a data set: classes, parts, what is left out, fitted in and turned round."""

import threading
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from mnist_viz.data.drawing.normalization import render
from mnist_viz.data.errors import CancelledError
from mnist_viz.data.progress import Watch
from mnist_viz.data.user.user_data import check_user_data, load_user_data

LINE = np.array([(50, 0), (50, 100)])
RNG = np.random.default_rng(0)


def picture(brightness: int, shape: tuple[int, ...] = (28, 28), paper: int = 0) -> NDArray[np.uint8]:
    """A square of one brightness on paper, with noise so that no two pictures are alike."""
    image = np.full(shape, paper, np.uint8)
    inner = tuple(slice(side // 4, side - side // 4) for side in shape[:2])
    image[inner] = np.clip(brightness + RNG.integers(-20, 20, image[inner].shape), 0, 255)
    return image


def save(folder: Path, name: str, image: NDArray[np.uint8]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(image).save(folder / name)


def fill(folder: Path, count: int = 10, classes: tuple[str, ...] = ("cat", "dog"), paper: int = 0) -> Path:
    for number, name in enumerate(classes):
        for k in range(count):
            save(folder / name, f"{k}.png", picture(60 + 40 * number, paper=paper))
    return folder


def test_each_subfolder_is_a_class_and_numbers_sort_as_numbers(tmp_path: Path) -> None:
    dataset = load_user_data(str(fill(tmp_path, classes=("10", "9", "b", "A"))))
    assert dataset.class_names == ("9", "10", "A", "b")
    assert dataset.image_shape == (28, 28)
    assert (len(dataset.train), len(dataset.validation), len(dataset.test)) == (32, 4, 4)


@pytest.mark.parametrize("form", ["archive/{}_set/", "pictures/MNIST - JPG - {}/", "{}/{}/"])
def test_folders_above_the_classes_are_parts_in_any_spelling(tmp_path: Path, form: str) -> None:
    for part, count in (("Training", 6), ("TEST", 3), ("val", 4)):
        fill(tmp_path / form.format(part, part), count)
    (tmp_path / "notes").mkdir()
    dataset = load_user_data(str(tmp_path))
    assert dataset.class_names == ("cat", "dog")
    assert (len(dataset.train), len(dataset.validation), len(dataset.test)) == (12, 8, 6)


def test_parts_below_the_classes_are_parts_too(tmp_path: Path) -> None:
    for name in ("cat", "dog"):
        fill(tmp_path / name, 5, ("train", "test"))
    dataset = load_user_data(str(tmp_path))
    assert dataset.class_names == ("cat", "dog")
    assert (len(dataset.train), len(dataset.test)) == (8, 10)


def test_pictures_without_a_class_beside_the_training_pictures_are_left_out_and_named(tmp_path: Path) -> None:
    fill(tmp_path / "train", 6)
    fill(tmp_path, 3, ("test", "extra"))
    dataset, summary = check_user_data(str(tmp_path))
    assert dataset.class_names == ("cat", "dog")
    assert any("extra, test" in warning for warning in summary.warnings)


def test_what_lies_deeper_than_a_class_belongs_to_it(tmp_path: Path) -> None:
    fill(tmp_path)
    save(tmp_path / "cat" / "more", "a.png", picture(60))
    assert check_user_data(str(tmp_path))[1].classes[0].train == 9


def test_a_limit_takes_from_every_class(tmp_path: Path) -> None:
    dataset = load_user_data(str(fill(tmp_path, count=50)), limit=40)
    assert (len(dataset.train), len(dataset.validation), len(dataset.test)) == (40, 5, 5)
    assert min(np.bincount(dataset.train.labels)) > 5


# Pictures


def test_others_than_28_by_28_are_fitted_in_keeping_their_shape(tmp_path: Path) -> None:
    wide = np.zeros((100, 200), np.uint8)
    wide[10:90, 10:190] = 200
    for name in ("cat", "dog"):
        for k in range(3):
            save(tmp_path / name, f"{k}.png", wide)
    dataset, summary = check_user_data(str(tmp_path))
    rows, columns = np.nonzero(dataset.train.images[0].reshape(28, 28) > 100)
    assert float(np.ptp(rows) + 1) == pytest.approx(11, abs=1)
    assert float(np.ptp(columns) + 1) == pytest.approx(25, abs=1)
    assert any("6 pictures of other sizes were fitted into 28x28" in sentence for sentence in summary.decided)


def test_dark_on_light_is_turned_round_for_all_together(tmp_path: Path) -> None:
    fill(tmp_path, paper=255)
    save(tmp_path / "cat", "odd.png", picture(200, paper=0))
    dataset, summary = check_user_data(str(tmp_path))
    assert any("dark on light" in sentence for sentence in summary.decided)
    corners = np.concatenate([part.images[:, 0] for part in (dataset.train, dataset.validation, dataset.test)])
    assert sorted(set(corners.tolist())) == [0, 255]
    assert np.count_nonzero(corners) == 1


def test_digits_are_normalized_only_when_asked(tmp_path: Path) -> None:
    small = np.full((60, 60), 255, np.uint8)
    small[5:25, 8:11] = 0
    for name in ("1", "l"):
        for k in range(3):
            save(tmp_path / name, f"{k}.png", small)
    dataset, summary = check_user_data(f"digits:{tmp_path}")
    there = np.nonzero(dataset.train.images[0].reshape(28, 28).any(axis=1))[0]
    assert np.ptp(there) + 1 == pytest.approx(20, abs=1)
    assert dataset.name == f"digits:{tmp_path}"
    assert any("as MNIST's digits are" in sentence for sentence in summary.decided)
    untouched = load_user_data(str(tmp_path)).train.images[0].reshape(28, 28) > 100
    assert np.ptp(np.nonzero(untouched.any(axis=1))[0]) + 1 < 12


def test_drawn_digits_stay_what_they_are_when_normalized(tmp_path: Path) -> None:
    digit = render([LINE])
    for name in ("1", "7"):
        for k in range(3):
            save(tmp_path / name, f"{k}.png", digit)
    assert (load_user_data(f"digits:{tmp_path}").train.images == digit.ravel()).all()


def test_what_is_no_picture_is_left_out_and_counted(tmp_path: Path) -> None:
    fill(tmp_path)
    (tmp_path / "cat" / ".hidden.png").write_bytes(b"x")
    (tmp_path / "cat" / "notes.txt").write_text("a note")
    (tmp_path / "cat" / "damaged.png").write_bytes((tmp_path / "cat" / "0.png").read_bytes()[:60])
    dataset, summary = check_user_data(str(tmp_path))
    assert len(dataset.train) + len(dataset.validation) + len(dataset.test) == 20
    assert any("3 files left out" in sentence for sentence in summary.decided)
    assert any("1 file could not be read" in warning for warning in summary.warnings)


def test_it_tells_how_far_it_is_and_stops_when_asked(tmp_path: Path) -> None:
    fill(tmp_path)
    told: list[tuple[str, float | None]] = []
    load_user_data(str(tmp_path), watch=Watch(lambda text, share: told.append((text, share))))
    assert any(share == 0 for _, share in told)
    cancel = threading.Event()
    with pytest.raises(CancelledError):
        load_user_data(str(tmp_path), watch=Watch(lambda *_: cancel.set(), cancel))


@pytest.mark.parametrize(("kind", "drawn"), [("shapes", True), ("photographs", False), ("digits", False)])
def test_drawings_that_were_not_fitted_as_those_on_the_pad_are_told_from_photographs(
    tmp_path: Path, kind: str, drawn: bool
) -> None:
    for name in ("round", "long"):
        for k in range(3):
            shape = picture(10, (90, 120), paper=250)
            photograph = RNG.integers(0, 255, (90, 120)).astype(np.uint8)
            small = picture(200)
            save(tmp_path / name, f"{k}.png", {"shapes": shape, "photographs": photograph, "digits": small}[kind])
    _, summary = check_user_data(str(tmp_path))
    assert summary.drawn is drawn
    assert any("look like drawings" in sentence for sentence in summary.warnings) is drawn
    if drawn:
        _, fitted = check_user_data(f"digits:{tmp_path}")
        assert not fitted.drawn
        assert not any("look like drawings" in sentence for sentence in fitted.warnings)
