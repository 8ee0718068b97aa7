"""The program ends in time and cleanly, in some of the states that `bench closing` knows."""

import pytest

from mnist_viz.bench import closing
from mnist_viz.bench.closing_child import HANDS
from mnist_viz.bench.closing_states import STATES


def silent(_: str) -> None:
    """Nobody listens."""


@pytest.mark.parametrize(
    "state", ["unpainted", "training", "loading", "saving", "filming", "drawing", "exception", "save-dialog"]
)
def test_it_closes(state: str) -> None:
    figures = closing.measure(1, state, silent)
    assert figures["failures"] == []
    assert 0 < figures["slowest_s"] <= closing.LONGEST


def test_all_states_have_their_turn_with_every_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[tuple[str, str]] = []

    def close(_folder: object, _number: int, state: str, hand: str) -> tuple[float, list[str]]:
        closed.append((state, hand))
        return 0.5, ["it broke"] if (state, hand) == ("fresh", "SIGINT") else []

    monkeypatch.setattr(closing, "_close", close)
    figures = closing.measure(4 * len(STATES), None, silent)
    assert set(closed) == {(state, hand) for state in STATES for hand in HANDS}
    assert figures["failures"] == ["fresh: it broke"]
    assert [row["times"] for row in figures["states"]] == [4] * len(STATES)


def test_a_state_that_does_not_exist_is_said() -> None:
    with pytest.raises(ValueError, match="there is no state 'asleep'"):
        closing.measure(1, "asleep", silent)
