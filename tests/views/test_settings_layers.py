"""The hidden layers, as text and as rows, and an activation for each."""

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from mnist_viz.engine.settings import MAX_HIDDEN_LAYERS
from mnist_viz.views.settings.layers import ONE_A_LAYER

if TYPE_CHECKING:
    from tests.views.conftest import Form


def test_the_activations_of_the_layers_begin_as_the_one_for_all(panel: "Form") -> None:
    field = panel.activation
    assert not field.line.isVisible()
    panel.pick("activation", "tanh")
    panel.pick("activation", ONE_A_LAYER)
    assert field.line.isVisible()
    assert field.line.text() in ("tanh, tanh", "identity, identity")  # the way there goes past its neighbour
    panel.retype(field.line, "ReLU, leaky relu")
    assert panel.settings == replace(panel.run, activation="relu,leaky-relu")
    panel.pick("activation", "sigmoid")
    assert not field.line.isVisible()
    assert panel.settings == replace(panel.run, activation="sigmoid")


def test_activations_that_do_not_fit_are_explained(panel: "Form") -> None:
    panel.pick("activation", ONE_A_LAYER)
    for text, problem in (
        ("relu, swish", "There is no activation 'swish'; there are "),
        ("relu, tanh, relu", "3 activations do not fit 2 hidden layers: "),
        (" ", "Name the activation of each hidden layer, such as relu, tanh."),
    ):
        panel.retype(panel.activation.line, text)
        assert panel.line().startswith(problem)
        assert panel.activation.line.property("invalid") is True
        assert panel.settings is None
    panel.retype(panel.activation.line, "relu, tanh, relu")
    panel.retype(panel.hidden, "64, 32, 16")
    assert panel.settings == replace(panel.run, hidden=(64, 32, 16), activation="relu,tanh,relu")


def test_the_whole_network_is_written_below_the_hidden_layers(panel: "Form") -> None:
    chain = panel.chain
    assert chain.text() == "784 → 128 → 64 → 10"
    panel.retype(panel.hidden, "300")
    assert chain.text() == "784 → 300 → 10"
    panel.set_sizes(3072, 47)
    assert chain.text() == "3,072 → 300 → 47"
    assert panel.count() == f"{3072 * 300 + 300 + 300 * 47 + 47:,} parameters"
    panel.retype(panel.hidden, "")
    assert chain.text() == "3,072 → 47"
    panel.retype(panel.hidden, "none at all")
    assert chain.text() == "3,072 → 47"  # as it was last possible


def test_many_layers_do_not_widen_the_form(panel: "Form") -> None:
    width = panel.content().width()
    panel.retype(panel.hidden, ", ".join(["1024"] * 16))
    assert panel.content().width() <= width  # less the scroll bar
    assert panel.content().minimumSizeHint().width() <= width
    assert panel.chain.toolTip().endswith(whole := "784 → " + "1,024 → " * 16 + "10")
    assert panel.chain.text() == whole


def row_texts(panel: "Form") -> list[str]:
    return [row.width_input.text() for row in panel.rows.rows]


def test_text_and_rows_show_one_value(panel: "Form") -> None:
    assert row_texts(panel) == ["128", "64"]
    panel.retype(panel.hidden, "300, 200, 100")
    assert row_texts(panel) == ["300", "200", "100"]
    panel.retype(panel.rows.rows[1].width_input, "50")
    assert panel.hidden.text() == "300, 50, 100"
    assert panel.settings == replace(panel.run, hidden=(300, 50, 100))
    panel.discard()
    assert row_texts(panel) == ["128", "64"]


def test_layers_are_added_and_removed_by_the_keyboard(panel: "Form") -> None:
    rows = panel.rows
    rows.add_button.setFocus()
    QTest.keyClick(rows.add_button, Qt.Key.Key_Space)
    assert panel.settings == replace(panel.run, hidden=(128, 64, 64))
    first = rows.rows[0].remove_button
    first.setFocus()
    QTest.keyClick(first, Qt.Key.Key_Space)
    assert panel.settings == replace(panel.run, hidden=(64, 64))
    assert panel.waiting == ["hidden"]
    for _ in range(2):
        QTest.keyClick(rows.rows[-1].remove_button, Qt.Key.Key_Space)
    assert panel.settings == replace(panel.run, hidden=())
    assert rows.rows == []
    QTest.keyClick(rows.add_button, Qt.Key.Key_Space)
    assert panel.settings == replace(panel.run, hidden=(64,))


def test_after_a_layer_is_removed_the_focus_is_on_the_one_in_its_place(panel: "Form") -> None:
    panel.retype(panel.hidden, "1, 2, 3")
    rows = panel.rows
    for number, then in ((1, 1), (1, 0)):
        rows.rows[number].remove_button.setFocus()
        QTest.keyClick(rows.rows[number].remove_button, Qt.Key.Key_Space)
        assert rows.rows[then].remove_button.hasFocus()


def test_no_more_layers_are_added_than_the_engine_takes(panel: "Form") -> None:
    panel.retype(panel.hidden, ", ".join(["8"] * (MAX_HIDDEN_LAYERS - 1)))
    panel.rows.add_button.click()
    assert len(panel.rows.rows) == MAX_HIDDEN_LAYERS
    assert not panel.rows.add_button.isEnabled()
    panel.retype(panel.hidden, ", ".join(["8"] * 500))
    assert len(panel.rows.rows) <= MAX_HIDDEN_LAYERS  # that many are refused, and have no rows
    assert panel.settings is None


def test_a_width_that_is_impossible_is_explained_and_its_row_stays(panel: "Form") -> None:
    width = panel.rows.rows[0].width_input
    for text in ("", "no", "0", "12.5", "99999999"):
        panel.retype(width, text)
        assert panel.settings is None
        assert panel.line()
        assert len(panel.rows.rows) == 2
        assert width.hasFocus()
    panel.retype(width, "40")
    assert panel.settings == replace(panel.run, hidden=(40, 64))


def test_the_activation_of_a_layer_follows_its_layer(panel: "Form") -> None:
    rows = panel.rows
    assert not rows.rows[0].activation.isVisible()
    panel.pick("activation", ONE_A_LAYER)
    panel.retype(panel.activation.line, "relu, tanh")
    assert [row.activation.currentData() for row in rows.rows] == ["relu", "tanh"]
    rows.rows[0].remove_button.click()
    assert panel.settings == replace(panel.run, hidden=(64,), activation="tanh")
    rows.add_button.click()
    choice = rows.rows[1].activation
    choice.choose("sigmoid")
    choice.activated.emit(choice.currentIndex())
    assert panel.activation.line.text() == "tanh, sigmoid"
    assert panel.settings == replace(panel.run, hidden=(64, 64), activation="tanh,sigmoid")


def test_the_tab_key_goes_through_the_rows_and_on(panel: "Form") -> None:
    panel.retype(panel.hidden, "1, 2, 3")
    QApplication.processEvents()  # new rows appear
    panel.hidden.setFocus()
    met = []
    for _ in range(8):
        QTest.keyClick(panel.focusWidget(), Qt.Key.Key_Tab)
        met.append(panel.focusWidget().objectName())
    assert met == [
        "layer-width-1", "remove-layer-1", "layer-width-2", "remove-layer-2", "layer-width-3", "remove-layer-3",
        "add-layer", "activation",
    ]  # fmt: skip
