"""Confusion matrix, accuracy by class, and the pairs most confused."""

import numpy as np
import pytest

from mnist_viz.engine.metrics import class_accuracy, confusion_matrix, most_confused

LABELS = np.array([0, 0, 0, 1, 1, 2, 2, 2, 2], np.uint8)
READ_AS = np.array([0, 1, 1, 1, 1, 2, 0, 0, 0])


def test_rows_are_labels_and_columns_what_they_were_read_as() -> None:
    assert confusion_matrix(LABELS, READ_AS, 3).tolist() == [[1, 2, 0], [0, 2, 0], [3, 0, 1]]


def test_labels_as_bytes_do_not_overflow() -> None:
    labels = np.full(5, 99, np.uint8)
    assert confusion_matrix(labels, labels, 100)[99, 99] == 5


def test_the_kind_of_integer_does_not_matter() -> None:
    expected = confusion_matrix(LABELS, READ_AS, 3)
    np.testing.assert_array_equal(confusion_matrix(LABELS.astype(np.int64), READ_AS.astype(np.uint64), 3), expected)
    np.testing.assert_array_equal(confusion_matrix(LABELS.astype(np.int8), READ_AS.astype(np.uint8), 3), expected)


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


def test_predictions_of_another_number_are_refused() -> None:
    with pytest.raises(ValueError, match=r"labels' shape \(9,\), not \(1,\)"):
        confusion_matrix(LABELS, READ_AS[:1], 3)


def test_the_accuracy_of_a_class_is_its_share_read_rightly() -> None:
    assert class_accuracy(confusion_matrix(LABELS, READ_AS, 3)) == [1 / 3, 1.0, 0.25]


def test_a_class_that_does_not_occur_has_accuracy_zero() -> None:
    assert class_accuracy(confusion_matrix(LABELS, READ_AS, 4))[3] == 0.0


def test_the_most_frequent_mistakes_come_first_and_right_answers_never() -> None:
    matrix = confusion_matrix(LABELS, READ_AS, 3)
    assert most_confused(matrix, 5) == [(2, 0, 3), (0, 1, 2)]
    assert most_confused(matrix, 1) == [(2, 0, 3)]
    assert matrix[1, 1] == 2  # the matrix itself is left alone


def test_mistakes_as_frequent_as_each_other_come_in_the_order_of_their_labels() -> None:
    matrix = np.array([[5, 1, 0], [2, 5, 1], [1, 2, 5]])
    assert most_confused(matrix, 9) == [(1, 0, 2), (2, 1, 2), (0, 1, 1), (1, 2, 1), (2, 0, 1)]
