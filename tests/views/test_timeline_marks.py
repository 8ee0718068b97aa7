"""Marks that would overlap are joined."""

import numpy as np
import pytest

from mnist_viz.views.theme import DARK
from mnist_viz.views.timeline.marks import ROOM, Kind, Mark, grouped, mark_color


def mark(step: int, kind: Kind = "change", color: int = -1) -> Mark:
    return Mark(step, step / 100, kind, f"{kind} at {step}", color)


def test_marks_with_room_between_them_stay_apart_and_of_others_the_weightiest_is_painted_at_its_own_place() -> None:
    marks = [mark(0), mark(1), mark(2)]
    groups = grouped(marks, [10.0, 10.0 + ROOM, 10.0 + 2 * ROOM])
    assert [group.marks for group in groups] == [(one,) for one in marks]
    change, best = mark(1), mark(2, "best")
    (group,) = grouped([change, best], [10.0, 14.0])
    assert (group.lead, group.x, group.marks) == (best, 14.0, (change, best))


@pytest.mark.parametrize("seed", range(5))
def test_however_many_there_are_no_two_signs_overlap_and_none_is_lost(seed: int) -> None:
    rng = np.random.default_rng(seed)
    kinds: tuple[Kind, ...] = ("change", "pin", "branch", "diverged", "best")
    marks = [mark(step, kinds[step % 5]) for step in range(60)]
    groups = grouped(marks, np.sort(rng.uniform(0, 400, 60)).tolist())
    assert [one for group in groups for one in group.marks] == marks
    assert all(np.diff([group.x for group in groups]) >= ROOM)


def test_from_a_group_one_goes_to_its_lead_and_from_there_round_its_moments() -> None:
    first, lead, last = mark(1), mark(2, "best"), mark(3)
    (group,) = grouped([first, lead, last], [1.0, 2.0, 3.0])
    assert group.after(9.0) is lead
    assert [group.after(one.epoch) for one in (first, lead, last)] == [lead, last, first]


def test_what_tells_of_another_run_has_its_colour() -> None:
    assert mark_color(mark(1, "branch", 2), DARK).name() == DARK.run_color(2)
    assert mark_color(mark(1, "best"), DARK).name() == DARK.validation
    assert mark_color(mark(1, "diverged"), DARK).name() == DARK.bad
