"""A line of text that does not fit is cut with an ellipsis, and stays whole for screen readers."""

from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from mnist_viz.views.elided_label import ElidedLabel, FittingLabel


def test_a_long_text_widens_nothing_and_is_cut(qtbot: QtBot) -> None:
    whole = QWidget()
    qtbot.addWidget(whole)
    label = ElidedLabel()
    QVBoxLayout(whole).addWidget(label)
    whole.resize(120, 40)
    pictures = []
    for text in ("A text", "A text that goes on and on and on and on", "A text that goes on and on and on, but ends"):
        label.setText(text)
        pictures.append(whole.grab().toImage())
        assert (whole.width(), label.text()) == (120, text)
    assert pictures[0] != pictures[1]
    assert pictures[1] == pictures[2]


def test_a_label_that_shows_a_shorter_text_has_the_longest_in_its_tip(qtbot: QtBot) -> None:
    label = FittingLabel()
    qtbot.addWidget(label)
    label.set_texts("A long sentence about what is shown here", "Short")
    label.resize(400, 20)
    label.show()
    assert (label.text(), label.toolTip()) == ("A long sentence about what is shown here", "")
    label.resize(60, 20)
    assert (label.text(), label.toolTip()) == ("Short", "A long sentence about what is shown here")


def test_its_height_is_that_of_its_font_with_and_without_a_text(qtbot: QtBot) -> None:
    label = ElidedLabel()
    qtbot.addWidget(label)
    for pixels in range(9, 40):
        font = label.font()
        font.setPixelSize(pixels)
        label.setFont(font)
        label.setText("")
        empty = label.sizeHint()
        label.setText("Ägypten")
        assert label.sizeHint() == empty
