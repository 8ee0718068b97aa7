"""What a question about a network may look at: the network of the shown moment, and what the window shows with it."""

from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_viz.analysis.evaluation import Probe
from mnist_viz.data.progress import Watch
from mnist_viz.engine.network import Network
from mnist_viz.engine.progress import NextStep
from mnist_viz.engine.samples import Shape

NO_PICTURE = "Draw a digit, or put one of the data set on the pad"
NO_NEURON = "Click a neuron in Weights or Network"
NO_EXAMPLES = "There are no validation pictures that this network can read: choose its data set"
NO_MOMENTS = "Train the network: the recorded moments are what is shown here"
NO_TRAINING = "Play and pause the training: its next step is known at the newest moment, with its data set loaded"
BROKEN = "The network's outputs are no numbers any more: step back to an earlier moment"
NO_NUMBERS = "The outputs of this network are no numbers: training has diverged"


@dataclass(frozen=True, eq=False)
class RecordedMoment:
    """A recorded moment of a run.

    Attributes:
        step: batches trained by then.
        epoch: the same in epochs.
        network: reads it, perhaps from the disk; another one each time.
        known: what has been worked out about it, by what was asked; kept for as long as the moment is, so that a run
            with one moment more asks about that one alone.
    """

    step: int
    epoch: float
    network: Callable[[], Network]
    known: MutableMapping[object, Any] = field(default_factory=dict)


def evenly_spaced(moments: Sequence[RecordedMoment], most: int) -> list[RecordedMoment]:
    """At most so many of `moments`, both ends among them."""
    numbers = np.unique(np.linspace(0, len(moments) - 1, min(len(moments), most)).round().astype(int))
    return [moments[number] for number in numbers.tolist()]


@dataclass(frozen=True, eq=False)
class OtherNetwork:
    """A network to compare with that of the shown moment.

    Attributes:
        key: tells it from the others, also when training goes on.
        name: what it is, such as "Run 2".
        network: reads it, perhaps from the disk; another one each time.
    """

    key: str
    name: str
    network: Callable[[], Network]


@dataclass(frozen=True, eq=False)
class Subject:
    """What the window shows. What is `wanted` and not there raises ValueError with a sentence that says what to do.

    Attributes:
        network: of the shown moment; nobody else uses its buffers. Batch normalization is folded into its weights.
        step: batches trained by then.
        image_shape: of the pictures that it reads; None if its inputs are no picture.
        picture: the one on the pad, uint8 in `image_shape`; None if it is empty.
        label: the class of an example on the pad; None for a drawing.
        neuron: layer, from 0, the outputs being the last, and number of the chosen neuron; None if none is chosen.
        examples: the validation pictures; None if there are none that the network can read.
        moments: the recorded ones of the run, ascending; none for a network from a file.
        others: this run's best moment, and the moment of each other run that is nearest to the epoch shown.
        training: the training pictures; None if there are none that the network can read.
        next_step: takes the step apart that training makes next from here, for the first samples of its batch, as many
            as it is told; None while training runs, and where it cannot go on from here.
        from_file: whether the network was opened, and is of no run; nobody knows then how long it was trained.
    """

    network: Network
    step: int
    class_names: tuple[str, ...]
    image_shape: Shape | None
    picture: NDArray[np.uint8] | None = None
    label: int | None = None
    neuron: tuple[int, int] | None = None
    examples: Probe | None = None
    moments: Sequence[RecordedMoment] = ()
    others: Sequence[OtherNetwork] = ()
    training: Probe | None = None
    next_step: Callable[[int], NextStep] | None = None
    from_file: bool = False

    @property
    def read_picture(self) -> NDArray[np.uint8] | None:
        """The picture, (1, inputs); None if there is none, or the network reads others."""
        fits = self.picture is not None and self.picture.size == self.network.sizes[0]
        return self.picture.reshape(1, -1) if fits and self.picture is not None else None

    @property
    def known_neuron(self) -> tuple[int, int] | None:
        """Layer and number of the chosen neuron; None if none is chosen that this network has."""
        layers, neuron = self.network.sizes[1:], self.neuron
        return neuron if neuron is not None and neuron[0] < len(layers) and neuron[1] < layers[neuron[0]] else None

    def wanted_picture(self) -> NDArray[np.uint8]:
        """The picture, (inputs,), that the network reads."""
        if self.picture is None or self.read_picture is None:
            raise ValueError(NO_PICTURE)
        return self.picture.reshape(-1)

    def wanted_neuron(self) -> tuple[int, int]:
        """Layer and number of the chosen neuron."""
        if self.known_neuron is None:
            raise ValueError(NO_NEURON)
        return self.known_neuron

    def wanted_examples(self) -> Probe:
        """The validation pictures, one at least."""
        if self.examples is None or not len(self.examples):
            raise ValueError(NO_EXAMPLES)
        return self.examples

    def wanted_moments(self, least: int = 1) -> Sequence[RecordedMoment]:
        """The recorded moments, `least` at least."""
        if len(self.moments) < least:
            raise ValueError(NO_MOMENTS)
        return self.moments

    def wanted_next_step(self, most: int) -> NextStep:
        """The next step, for the first `most` samples of its batch, unless it diverges."""
        if self.next_step is None:
            raise ValueError(NO_TRAINING)
        try:
            return self.next_step(most)
        except ArithmeticError as error:
            raise ValueError(str(error)) from None


@dataclass(frozen=True)
class Question:
    """Something to ask.

    Attributes:
        answer: takes the subject, what was chosen in the panel, and a watch which it looks at now and then, since a
            newer question may have been asked; returns an immutable answer. Raises ValueError with a sentence for the
            user if there is none.
        of: the parts of the subject ("network", "picture", "neuron", "examples", "moments", "others", "training",
            "next_step", or "choice") on which the answer depends: it is asked again when one of them changes.
        quick: whether it takes a few milliseconds at most, and is answered at once.
    """

    answer: Callable[[Subject, Any, Watch], object]
    of: frozenset[str]
    quick: bool = False
