"""Confusion matrix, accuracy by class, and the pairs most confused."""

import numpy as np

from mnist_viz.engine.metrics import class_accuracy, confusion_matrix, most_confused

LABELS = np.array([0, 0, 0, 1, 1, 2, 2, 2, 2], np.uint8)
READ_AS = np.array([0, 1, 1, 1, 1, 2, 0, 0, 0])


def test_rows_are_labels_and_columns_what_they_were_read_as() -> None:
    assert confusion_matrix(LABELS, READ_AS, 3).tolist() == [[1, 2, 0], [0, 2, 0], [3, 0, 1]]


def test_labels_as_bytes_do_not_overflow() -> None:
    labels = np.full(5, 99, np.uint8)
    assert confusion_matrix(labels, labels, 100)[99, 99] == 5


def test_the_accuracy_of_a_class_is_its_share_read_rightly() -> None:
    assert class_accuracy(confusion_matrix(LABELS, READ_AS, 3)) == [1 / 3, 1.0, 0.25]


def test_a_class_that_does_not_occur_has_accuracy_zero() -> None:
    assert class_accuracy(confusion_matrix(LABELS, READ_AS, 4))[3] == 0.0


def test_the_most_frequent_mistakes_come_first_and_right_answers_never() -> None:
    matrix = confusion_matrix(LABELS, READ_AS, 3)
    assert most_confused(matrix, 5) == [(2, 0, 3), (0, 1, 2)]
    assert most_confused(matrix, 1) == [(2, 0, 3)]
    assert matrix[1, 1] == 2  # the matrix itself is left alone
