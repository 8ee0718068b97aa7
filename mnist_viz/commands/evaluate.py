"""Measure a model on a test set: loss, accuracy, accuracy by digit, and what it confuses most."""

import argparse
from collections.abc import Sequence
from dataclasses import asdict

from mnist_viz.analysis.compatibility import numbers_of_classes
from mnist_viz.commands.common import add_data_arguments, add_json_argument, dataset_of, model_of
from mnist_viz.engine.layer_health import LayerHealth, layer_health
from mnist_viz.engine.layer_names import layer_title
from mnist_viz.engine.metrics import class_accuracy, confusion_matrix, format_loss, most_confused
from mnist_viz.engine.threads import blas_threads
from mnist_viz.recording.storage import pretrained_path
from mnist_viz.system.terminal import print_json

HEALTH_SAMPLES = 1000
"""So many digits show how a layer does."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", nargs="?", metavar="MODEL.npz", help="default: the pretrained network")
    add_data_arguments(parser)
    add_json_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    path = arguments.model or pretrained_path()
    contents = model_of(path, arguments.data_dir)
    network, names = contents.model.network(), contents.class_names
    dataset = dataset_of(arguments, least_classes=1)  # the model knows more
    numbers = numbers_of_classes(contents, dataset)
    images, labels = dataset.test.images, numbers[dataset.test.labels]
    with blas_threads(network):
        loss, accuracy = network.evaluate(images, labels)
        winners = network.predict_proba(images).argmax(axis=1)
    health = layer_health(network, images[:HEALTH_SAMPLES], labels[:HEALTH_SAMPLES]) if len(labels) > 1 else []
    matrix = confusion_matrix(labels, winners, len(names))
    accuracies, pairs = class_accuracy(matrix), most_confused(matrix, 5)
    by_class = {names[number]: accuracies[number] for number in sorted(numbers)}
    if arguments.json:
        print_json(
            {
                "test_loss": loss,
                "test_accuracy": accuracy,
                "examples": len(labels),
                "parameters": network.parameters.size,
                "class_names": names,
                "class_accuracy": by_class,
                "confusion_matrix": matrix.tolist(),
                "most_confused": [{"class": names[a], "read_as": names[b], "count": n} for a, b, n in pairs],
                "model": str(path),
                "dataset": dataset.name,
                "layers": [asdict(layer) for layer in health],
            }
        )
        return 0
    print(f"{network!r} on {dataset.counted(len(labels), 'test')} of {dataset.title}")
    print(f"Test Loss: {format_loss(loss)}, Test Acc: {accuracy:.4f}")
    for line in health_lines(network.sizes, health):
        print(line)
    print("By class: " + "  ".join(f"{name} {share:.1%}" for name, share in by_class.items()))
    confused = ", ".join(f"{names[a]} read as {names[b]} ({count})" for a, b, count in pairs)
    print(f"Most confused: {confused or 'nothing, all were read correctly'}")
    return 0


def health_lines(sizes: Sequence[int], health: Sequence[LayerHealth]) -> list[str]:
    """A line a layer: the size of its weights, gradient and step, and the neurons that do not answer any more."""
    lines = []
    for number, layer in enumerate(health, start=1):
        said = [f"weights {layer.weight_norm:.3g}", f"gradient {layer.gradient_norm:.2g}"]
        if layer.update_ratio is not None:
            said.append(f"step / weights {layer.update_ratio:.1g}")
        if layer.dead is not None:
            said.append(f"{round(layer.dead * sizes[number])} of {sizes[number]} neurons dead")
        if layer.saturated is not None:
            said.append(f"{layer.saturated:.0%} of the outputs saturated")
        lines.append(f"{layer_title(number - 1, len(health))}: {', '.join(said)}")
    return lines
