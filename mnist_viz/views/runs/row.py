"""What a row of the tree of runs says, and the lines that lead to it."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class RunRow:
    """One run.

    Attributes:
        number: tells it from the others.
        name: for people.
        color: number of its colour.
        depth: how many runs were left for it; a run follows the one that it left, and that one's branches before it.
        origin: where it began, such as "from epoch 3 of Run 1".
        settings: what differs from the run that it left, or what it began with.
        epochs: how many it has trained.
        best: its best validation accuracy, 0 to 1; None before the first epoch's end.
        visible: whether its curves are shown.
        active: whether it is the one that the window shows.
        trains: whether it is being trained now.
    """

    number: int
    name: str
    color: int
    depth: int
    origin: str
    settings: str
    epochs: float
    best: float | None
    visible: bool
    active: bool
    trains: bool

    @property
    def length(self) -> str:
        """How long it has been trained."""
        number = f"{self.epochs:,.0f}" if self.epochs == round(self.epochs) else f"{self.epochs:,.1f}"
        return f"{number} epoch{'' if number == '1' else 's'}"

    @property
    def accuracy(self) -> str:
        return f"{self.best:.2%}" if self.best is not None else ""

    @property
    def spoken(self) -> str:
        """All of it, for who does not see it."""
        parts = [self.name, "active" if self.active else "", "trains now" if self.trains else ""]
        parts += [self.origin, self.settings, self.length]
        parts += [f"best validation accuracy {self.accuracy}" if self.accuracy else ""]
        parts += ["" if self.visible else "hidden in the plots"]
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True)
class Rails:
    """The lines that join a row with those above and below it, by their depths.

    Attributes:
        through: depths of the runs whose line leads past this row, to a branch further below.
        children: whether a line leads down from this row itself.
    """

    through: frozenset[int]
    children: bool


def rails(depths: Sequence[int]) -> list[Rails]:
    """The lines of each row of a tree, whose rows have these depths."""
    result = []
    below: set[int] = set()  # depths of the rows further below that belong to a run at or above this row
    for depth in reversed(depths):
        result.append(Rails(frozenset(d - 1 for d in below if 0 < d <= depth), depth + 1 in below))
        below = {d for d in below if d < depth} | {depth}
    return result[::-1]
