"""The user's own data: which names mean them, what the summary says, and the pictures of the preview."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_viz.data.datasets import load_dataset
from mnist_viz.data.errors import DataError
from mnist_viz.data.user.data_name import Choices, full_name, is_user_data, names_in, parted, title_of
from mnist_viz.data.user.user_data import check_user_data, load_user_data, preview

RNG = np.random.default_rng(0)


def images(count: int, shape: tuple[int, ...] = (28, 28)) -> NDArray[np.uint8]:
    """Pictures with a dark border."""
    pictures = RNG.integers(0, 256, (count, *shape), np.uint8)
    pictures[:, [0, -1]] = 0
    pictures[:, :, [0, -1]] = 0
    return pictures


def save(path: Path, count: int = 60, classes: int = 3, shape: tuple[int, ...] = (28, 28)) -> str:
    np.savez(path, x=images(count, shape), y=np.arange(count) % classes)
    return str(path)


# Names


def test_paths_mean_own_data_and_other_names_do_not() -> None:
    for name in ("./a", "a/b", "A.CSV", "a.csv.gz", "/no/such", "digits:a", "label=last,white=1:a", "~/x"):
        assert is_user_data(name)
    for name in ("mnist", "MNIST", "drawings", "nothing", "", "\0", "a" * 5000):
        assert not is_user_data(name)


def test_a_folder_that_is_there_means_own_data_unless_it_is_called_as_a_known_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("pictures", "mnist", "drawings"):
        (tmp_path / name).mkdir()
    assert [is_user_data(name) for name in ("pictures", "mnist", "drawings")] == [True, False, False]


def test_a_path_with_a_plus_is_not_taken_apart_where_it_is_there(tmp_path: Path) -> None:
    (tmp_path / "c++").mkdir()
    assert names_in(str(tmp_path / "c++")) == [str(tmp_path / "c++")]
    assert names_in("mnist + ./a.npz") == ["mnist", "./a.npz"]


def test_a_full_name_means_the_same_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    here = Path.cwd()
    assert full_name("a.npz") == str(here / "a.npz")
    assert full_name("digits:x/y") == f"digits:{here / 'x' / 'y'}"
    assert full_name("mnist+a.npz") == f"mnist+{here / 'a.npz'}"
    assert full_name("mnist") == "mnist"
    assert full_name("label=last:a.csv") == f"label=last:{here / 'a.csv'}"


def test_the_window_calls_data_by_their_title_and_own_data_by_the_name_of_their_file(tmp_path: Path) -> None:
    assert title_of("mnist+drawings") == "MNIST + Your drawings"
    assert title_of(f"digits:{tmp_path / 'letters'}") == "letters"


def test_how_data_are_to_be_read_is_a_part_of_their_name() -> None:
    for choices in (Choices(), Choices(True), Choices(False, "a b,c:+%", 16), Choices(False, "last", 0.5)):
        name = choices.of("/some/where.csv")
        assert parted(name) == (choices, "/some/where.csv")
        assert names_in(f"{name}+drawings") == [name, "drawings"]


# Loading


def test_a_path_loads_as_any_data_set_does(tmp_path: Path) -> None:
    dataset = load_dataset(save(tmp_path / "a.npz"), limit=12)
    assert (dataset.name, dataset.title) == (str(tmp_path / "a.npz"), "a.npz")
    assert (len(dataset.train), len(dataset.validation), len(dataset.test)) == (12, 2, 2)


def test_own_data_mix_with_a_known_set_that_has_their_classes(tmp_path: Path) -> None:
    mixed = load_dataset(f"synthetic+{save(tmp_path / 'a.npz', 100, 10)}", limit=50)
    alone = load_dataset("synthetic", limit=50)
    assert len(mixed.train) == 100
    assert (mixed.test.images == alone.test.images).all()
    with pytest.raises(DataError, match="cannot be joined"):
        load_dataset(f"synthetic+{save(tmp_path / 'b.npz', 120, 12)}", limit=50)


def test_the_arrays_cannot_be_written_to(tmp_path: Path) -> None:
    dataset = load_user_data(save(tmp_path / "a.npz"))
    for part in (dataset.train, dataset.validation, dataset.test):
        for array in (part.images, part.labels):
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 0


def test_no_example_is_in_two_parts_and_each_keeps_its_label(tmp_path: Path) -> None:
    pictures, labels = images(100), np.arange(100) % 7
    pictures[:, 5, 5] = labels
    np.savez(tmp_path / "a.npz", x=pictures, y=labels)
    dataset = load_user_data(str(tmp_path / "a.npz"))
    parts = (dataset.train, dataset.validation, dataset.test)
    rows = np.concatenate([part.images for part in parts])
    assert len(np.unique(rows, axis=0)) == 100
    assert (rows[:, 5 * 28 + 5] == np.concatenate([part.labels for part in parts])).all()


def test_what_is_cut_is_shuffled(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=images(10_000, (4, 4)), y=np.repeat(np.arange(10), 1_000))
    dataset = load_user_data(str(tmp_path / "a.npz"))
    for part in (dataset.train, dataset.validation, dataset.test):
        assert np.bincount(part.labels[:60]).max() < 20


@pytest.mark.parametrize(("few", "expected"), [(1, (1, 0, 0)), (2, (1, 0, 1)), (3, (1, 1, 1)), (4, (2, 1, 1))])
def test_of_few_examples_training_and_testing_get_theirs_first(
    tmp_path: Path, few: int, expected: tuple[int, int, int]
) -> None:
    np.savez(tmp_path / "a.npz", x=images(20 + few), y=np.array([0] * 20 + [1] * few))
    _, summary = check_user_data(str(tmp_path / "a.npz"))
    count = summary.classes[1]
    assert (count.train, count.validation, count.test) == expected


def test_a_limit_takes_any_of_a_file_sorted_by_class(tmp_path: Path) -> None:
    x, y = images(200), np.repeat([0, 1], 100)
    np.savez(tmp_path / "a.npz", x_train=x, y_train=y, x_test=x, y_test=y, x_val=x, y_val=y)
    dataset = load_user_data(str(tmp_path / "a.npz"), limit=40)
    for part in (dataset.train, dataset.validation, dataset.test):
        assert len(part) == 40
        assert 8 < np.count_nonzero(part.labels) < 32


# The summary


def test_the_summary_counts_every_class_and_says_that_parts_were_cut(tmp_path: Path) -> None:
    dataset, summary = check_user_data(save(tmp_path / "a.npz"))
    assert [(c.name, c.train, c.validation, c.test) for c in summary.classes] == [
        ("0", 16, 2, 2), ("1", 16, 2, 2), ("2", 16, 2, 2)
    ]  # fmt: skip
    assert (summary.path, summary.kind) == (tmp_path / "a.npz", "an .npz archive")
    assert summary.image_shape == (28, 28)
    assert summary.warnings == []
    assert dataset.class_names == ("0", "1", "2")
    assert any("no validation and no test examples" in sentence for sentence in summary.decided)


def test_it_warns_of_classes_with_few_examples(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=images(43), y=np.array([0] * 40 + [1] * 2 + [2]))
    _, summary = check_user_data(str(tmp_path / "a.npz"))
    assert any("few training examples of 1 (1), 2 (1)" in warning for warning in summary.warnings)
    assert any("no test examples of 2" in warning for warning in summary.warnings)


def test_it_warns_of_pictures_in_both_training_and_test(tmp_path: Path) -> None:
    x, y = images(40), np.arange(40) % 2
    np.savez(tmp_path / "a.npz", x_train=x, y_train=y, x_test=np.concatenate([x[:2], images(4)]), y_test=y[:6])
    _, summary = check_user_data(str(tmp_path / "a.npz"))
    assert sum("among the training pictures" in warning for warning in summary.warnings) == 1


# The preview


def test_the_preview_has_some_pictures_of_each_class_that_has_any(tmp_path: Path) -> None:
    x, y = images(50, (8, 6, 3)), np.array([0] * 40 + [1] * 10)
    np.savez(tmp_path / "a.npz", x_train=x, y_train=y, x_test=x, y_test=y, x_val=x, y_val=y)
    first, second = preview(load_user_data(str(tmp_path / "a.npz")), 20)
    assert first.shape == (20, 8, 6, 3)
    assert second.shape == (10, 8, 6, 3)
    assert (second == x[40:]).all()
    assert all((picture == x[:40]).all(axis=(1, 2, 3)).sum() == 1 for picture in first)
    np.savez(tmp_path / "a.npz", x=images(20), y=np.arange(20) % 2, class_names=np.array(["a", "b", "c"]))
    assert [len(row) for row in preview(load_user_data(str(tmp_path / "a.npz")), 3)] == [3, 3, 0]
