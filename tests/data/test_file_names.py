"""What names of files, folders and arrays say: the part of the data, pictures or labels, and which data set."""

import pytest

from mnist_viz.data.user.file_names import kind_of, part_of, set_of


@pytest.mark.parametrize(
    ("name", "part", "kind", "data_set"),
    [
        ("train-images-idx3-ubyte", "train", "images", ""),
        ("T10K-LABELS.IDX1-UBYTE", "test", "labels", ""),
        ("emnist-letters-test-images-idx3-ubyte.gz", "test", "images", "emnist letters"),
        ("emnist-mnist-train-images-idx3-ubyte", "train", "images", "emnist mnist"),
        ("emnist-digits-train-labels-idx1-ubyte", "train", "labels", "emnist digits"),
        ("x_train", "train", "images", ""),
        ("Xtrain", "train", "images", ""),
        ("yTest", "test", "labels", ""),
        ("trainX", "train", "images", ""),
        ("X_val", "validation", "images", ""),
        ("test_label", "test", "labels", ""),
        ("train_data_labels", "train", "labels", ""),
        ("data", None, "images", ""),
        ("target", None, "labels", ""),
        ("target_names", None, None, "names"),
        ("mnist_test.csv", "test", None, ""),
        ("optdigits.tra", "train", None, "optdigits"),
        ("Training", "train", None, ""),
        ("trainingSet", "train", None, ""),
        ("MNIST-JPG-testing", "test", None, "mnist jpg"),
        ("validation", "validation", None, ""),
        ("dev", "validation", None, ""),
        ("latest", None, None, "latest"),
        ("interval", None, None, "interval"),
    ],
)
def test_names_in_any_usual_spelling(name: str, part: str | None, kind: str | None, data_set: str) -> None:
    assert (part_of(name), kind_of(name), set_of(name)) == (part, kind, data_set)
