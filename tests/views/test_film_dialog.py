"""The film dialog says what film there will be, and offers only what can be written."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QStandardItemModel
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from mnist_viz.recording.film import Format
from mnist_viz.views.film_dialog import LABEL_HEIGHT, FilmChoice, FilmDialog, Moments, Subject

SUBJECTS = [Subject("window", "The whole window", QSize(1400, 800)), Subject("weights", "Weights", QSize(700, 400))]
MOMENTS = [Moments("all", "All recorded moments", 200), Moments("epochs", "Ends of epochs", 15)]
WITHOUT = "MP4 needs the program ffmpeg, which was not found."
FORMATS = [Format("gif", "GIF", ".gif"), Format("mp4", "MP4", ".mp4", WITHOUT), Format("png", "PNG files", "")]


def make(qtbot: QtBot, choice: FilmChoice = FilmChoice()) -> FilmDialog:  # noqa: B008 - immutable
    dialog = FilmDialog(SUBJECTS, MOMENTS, FORMATS, choice)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def test_it_says_what_film_there_will_be_as_it_is_chosen(qtbot: QtBot) -> None:
    dialog = make(qtbot)
    assert dialog.line.startswith("200 pictures, 20 s, about ")
    assert dialog.line.endswith(" MB")
    assert dialog.scale.itemText(0) == f"1× (1400 × {800 + LABEL_HEIGHT} pixels)"
    assert dialog.scale.itemText(1) == f"2× (2800 × {2 * (800 + LABEL_HEIGHT)} pixels)"
    for combo, key in ((dialog.subject, "weights"), (dialog.moments, "epochs"), (dialog.rate, 2)):
        combo.setCurrentIndex(combo.findData(key))
    QTest.keyClick(dialog.label, Qt.Key.Key_Space)
    assert dialog.line.startswith("15 pictures, 7.5 s, about ")
    assert dialog.scale.itemText(0) == "1× (700 × 400 pixels)"


def test_a_format_that_cannot_be_written_is_shown_with_why(qtbot: QtBot) -> None:
    dialog = make(qtbot, FilmChoice(format="mp4"))
    model = dialog.format.model()
    assert isinstance(model, QStandardItemModel)
    assert [model.item(row).isEnabled() for row in range(3)] == [True, False, True]
    assert model.item(1).toolTip() == WITHOUT
    assert dialog.choice.format == "gif"


def test_it_begins_with_what_was_chosen_last_as_far_as_that_is_there(qtbot: QtBot) -> None:
    wanted = FilmChoice("weights", "epochs", 30, 2, "png", False)
    assert make(qtbot, wanted).choice == wanted
    assert make(qtbot, FilmChoice("gone", "here")).choice == FilmChoice()


def test_export_gives_the_choice_and_closes(qtbot: QtBot) -> None:
    dialog = make(qtbot)
    dialog.rate.setCurrentIndex(dialog.rate.findData(20))
    with qtbot.waitSignal(dialog.chosen) as chosen:
        QTest.mouseClick(dialog.export_button, Qt.MouseButton.LeftButton)
    assert chosen.args == [FilmChoice(rate=20)]
