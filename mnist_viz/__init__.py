"""Watch a neural network learn to read handwritten digits, and take part in it.

`NeuralNetwork` and `load_dataset` are the parts that scripts use; importing them loads neither Qt nor torch.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mnist_viz.data.datasets import load_dataset
    from mnist_viz.neural_network import NeuralNetwork

__all__ = ["NeuralNetwork", "__version__", "load_dataset"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    # Loaded when asked for, so that the command line and the window start without what they do not need.
    if name == "NeuralNetwork":
        from mnist_viz.neural_network import NeuralNetwork

        return NeuralNetwork
    if name == "load_dataset":
        from mnist_viz.data.datasets import load_dataset

        return load_dataset
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
