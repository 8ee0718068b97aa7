"""The hidden layers may have an activation each."""

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

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


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("relu, swish", "There is no activation 'swish'; there are "),
        ("relu, tanh, relu", "3 activations do not fit 2 hidden layers: "),
        (" ", "Name the activation of each hidden layer, such as relu, tanh."),
    ],
)
def test_activations_that_do_not_fit_are_explained(panel: "Form", text: str, problem: str) -> None:
    panel.pick("activation", ONE_A_LAYER)
    panel.retype(panel.activation.line, text)
    assert panel.line().startswith(problem)
    assert panel.activation.line.property("invalid") is True
    assert panel.settings is None


def test_a_layer_more_needs_an_activation_more(panel: "Form") -> None:
    panel.pick("activation", ONE_A_LAYER)
    panel.retype(panel.activation.line, "relu, tanh")
    panel.retype(panel.hidden, "64, 32, 16")
    assert panel.line().startswith("2 activations do not fit 3 hidden layers")
    panel.retype(panel.activation.line, "relu, tanh, relu")
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
    assert panel.content().width() == width
    assert panel.content().minimumSizeHint().width() <= width
    assert panel.chain.toolTip().endswith(whole := "784 → " + "1,024 → " * 16 + "10")
    assert panel.chain.text() == whole
