"""Confusion matrix, accuracy by class, and the pairs most confused."""

import numpy as np
import pytest

from mnist_viz.engine.metrics import class_accuracy, confusion_matrix, most_confused

LABELS = np.array([0, 0, 0, 1, 1, 2, 2, 2, 2], np.uint8)
READ_AS = np.array([0, 1, 1, 1, 1, 2, 0, 0, 0])


def test_rows_are_labels_and_columns_what_they_were_read_as_whatever_the_kind_of_integer() -> None:
    for labels, predicted in ((np.uint8, np.int64), (np.int64, np.uint64), (np.int8, np.uint8)):
        matrix = confusion_matrix(LABELS.astype(labels), READ_AS.astype(predicted), 3)
        assert matrix.tolist() == [[1, 2, 0], [0, 2, 0], [3, 0, 1]]
    many = np.full(5, 99, np.uint8)
    assert confusion_matrix(many, many, 100)[99, 99] == 5


def test_no_samples_give_a_matrix_of_zeros_and_no_mistakes() -> None:
    matrix = confusion_matrix(LABELS[:0], READ_AS[:0], 3)
    assert matrix.tolist() == [[0, 0, 0]] * 3
    assert class_accuracy(matrix) == [0.0, 0.0, 0.0]
    assert most_confused(matrix, 5) == []


@pytest.mark.parametrize("wrong", [3, -1])
def test_a_class_out_of_range_is_named(wrong: int) -> None:
    # Unchecked, a prediction of -1 or 3 would be counted in the row of another class.
    values = np.array([0, 1, wrong])
    with pytest.raises(ValueError, match=f"Each label must be 0 to 2, not {wrong}"):
        confusion_matrix(values, np.array([0, 1, 1]), 3)
    with pytest.raises(ValueError, match=f"Each prediction must be 0 to 2, not {wrong}"):
        confusion_matrix(np.array([0, 1, 1]), values, 3)
    with pytest.raises(ValueError, match=r"labels' shape \(3,\), not \(1,\)"):
        confusion_matrix(np.array([0, 1, 1]), READ_AS[:1], 3)


def test_the_accuracy_of_a_class_is_its_share_read_rightly() -> None:
    assert class_accuracy(confusion_matrix(LABELS, READ_AS, 4)) == [1 / 3, 1.0, 0.25, 0.0]


def test_the_most_frequent_mistakes_come_first_and_right_answers_never() -> None:
    matrix = confusion_matrix(LABELS, READ_AS, 3)
    assert most_confused(matrix, 5) == [(2, 0, 3), (0, 1, 2)]
    assert most_confused(matrix, 1) == [(2, 0, 3)]
    assert matrix[1, 1] == 2  # the matrix itself is left alone
    matrix = np.array([[5, 1, 0], [2, 5, 1], [1, 2, 5]])
    assert most_confused(matrix, 9) == [(1, 0, 2), (2, 1, 2), (0, 1, 1), (1, 2, 1), (2, 0, 1)]
