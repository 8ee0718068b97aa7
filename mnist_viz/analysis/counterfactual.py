"""What would have to be different: the least ink to add and remove until a picture is read as another class."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_viz.analysis.contrast import Contrast, WhyChoice, contrast, log_odds
from mnist_viz.analysis.subject import Subject
from mnist_viz.data.progress import Watch
from mnist_viz.engine.network import Network

Floats = NDArray[np.floating]
Bytes = NDArray[np.uint8]

MOST_STEPS = 300
_SURPLUS = 0.02  # beyond the goal, since the network is not linear


@dataclass(frozen=True, eq=False)
class Counterfactual:
    """A picture on its way to being read as another class.

    Attributes:
        pictures: uint8, each with a little more changed than the one before; the first is the original.
        before: what was read, and the class that is now.
        after: what is read in the last picture.
    """

    pictures: Sequence[Bytes]
    before: Contrast
    after: Contrast

    @property
    def change(self) -> Floats:
        """Of each input, in the picture's shape: 1 for full ink that was added, -1 for full ink that was removed."""
        return (self.pictures[-1].astype(np.float32) - self.pictures[0]) / 255

    @property
    def added(self) -> float:
        """Ink, in pixels of full ink."""
        return float(self.change.clip(min=0).sum())

    @property
    def removed(self) -> float:
        return float(-self.change.clip(max=0).sum())


def least_change(subject: Subject, choice: WhyChoice, watch: Watch) -> Counterfactual:
    """Change the picture on the pad until it is read as the rival."""
    picture = choice.picture(subject)
    network, names = subject.network, subject.class_names
    before = contrast(network, names, picture, choice.rival)
    pictures = changed_to(network, picture, before.rival, watch)
    if pictures is None:
        raise ValueError(f"No change of ink was found that makes this network read {before.rival_name}")
    return Counterfactual(pictures, before, contrast(network, names, pictures[-1]))


def changed_to(network: Network, picture: Bytes, target: int, watch: Watch) -> Sequence[Bytes] | None:
    """Change the input that counts most, step by step, until `target` has half the probability; None if it never has.

    The logarithm of the odds of the target, log p / (1 - p), is followed upwards: at each step the input with the
    largest derivative changes, as far as it can. So the sum of the changes stays small (the l1 distance of Wachter,
    Mittelstadt and Russell, "Counterfactual explanations without opening the black box", 2017; the greedy choice of an
    input is that of Papernot et al., "The limitations of deep learning in adversarial settings", 2016). For two
    classes and no hidden layer it is the least; else nearly that. Inputs that go back and forth do so by half as much
    each time.

    Args:
        picture: uint8, of any shape.
    """
    wanted, x = np.array([target]), picture.reshape(1, -1)
    pictures = [picture]
    limit, way = np.full(picture.size, 255.0), np.zeros(picture.size)
    while len(pictures) <= MOST_STEPS:
        watch.check()
        (odds,), weights = log_odds(network.logits(x), wanted)
        if odds >= 0:
            return pictures
        slopes = network.input_gradient(x, weights)[0] / 255.0  # of the log odds, by levels of ink
        levels = x[0].astype(np.float64)
        room = np.where(slopes > 0, 255 - levels, levels)
        worth = np.where(room > 0, np.abs(slopes), 0.0)
        k = int(worth.argmax())
        if not (np.isfinite(odds) and worth[k] > 0):
            return None
        sign = np.sign(slopes[k])
        if way[k] == -sign:
            limit[k] = max(limit[k] / 2, 1.0)
        way[k] = sign
        levels[k] += sign * min(room[k], np.ceil(limit[k]), np.ceil((_SURPLUS - odds) / worth[k]))
        x = levels.astype(np.uint8)[None]
        pictures.append(x.reshape(picture.shape))
    return None
