"""How many examples the training, validation and test parts of a data set get."""

from dataclasses import dataclass

from mnist_viz.data.errors import DataError


@dataclass(frozen=True)
class Split:
    """Numbers of examples. Validation examples are the last ones of what is published as training data."""

    train: int
    validation: int
    test: int

    @property
    def published_train(self) -> int:
        """What the publisher calls the training data: from it the validation part is cut."""
        return self.train + self.validation

    @property
    def total(self) -> int:
        return self.train + self.validation + self.test

    def limited(self, limit: int | None) -> "Split":
        """At most `limit` training examples, and validation and test examples in the same proportion.

        Every part keeps at least one example. None, or a limit above what there is, changes nothing.

        Raises:
            DataError: `limit` is not a whole number of at least 1.
        """
        if limit is None:
            return self
        if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
            raise DataError(f"a limit of {limit!r} training digits is impossible: give a whole number from 1")
        if limit >= self.train:
            return self
        return Split(
            train=limit,
            validation=max(1, round(self.validation * limit / self.train)),
            test=max(1, round(self.test * limit / self.train)),
        )
