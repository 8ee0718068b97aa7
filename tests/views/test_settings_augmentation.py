"""The augmentation has named strengths, and numbers of which each can be changed."""

from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import pytest
from pytestqt.qtbot import QtBot

from mnist_viz.engine.augmentation import AUGMENTATIONS, Augmentation
from mnist_viz.engine.settings import Settings
from mnist_viz.views.settings.augmentation import OWN

if TYPE_CHECKING:
    from tests.views.conftest import Form


@pytest.mark.parametrize("name", list(AUGMENTATIONS))
def test_a_named_augmentation_sets_all_its_numbers_at_once(unfolded: "Form", name: str) -> None:
    changed: list[Settings] = []
    unfolded.set_settings(replace(unfolded.run, augmentation=Augmentation(shift=1.25)))
    unfolded.set_running(replace(unfolded.run, augmentation=Augmentation(shift=1.25)))
    assert unfolded.augmentation.input.currentData() == OWN
    unfolded.live_changed.connect(changed.append)
    unfolded.pick("augmentation", name)
    assert changed == [replace(unfolded.run, augmentation=AUGMENTATIONS[name])]
    assert {key: number.value() for key, number in unfolded.augmentation.numbers.items()} == asdict(AUGMENTATIONS[name])


def test_a_number_changed_makes_the_augmentation_ones_own_which_unfolds_its_numbers(unfolded: "Form") -> None:
    field = unfolded.augmentation
    assert not field.numbers["shift"].isVisible()
    unfolded.pick("augmentation", OWN)
    assert field.numbers["shift"].isVisible()
    unfolded.pick("augmentation", "none")
    field.fold.setChecked(True)
    unfolded.type_in(field.numbers["rotation"], "12.5")
    assert field.input.currentData() == OWN
    unfolded.type_in(field.numbers["rotation"], "0")
    assert field.input.currentData() == "none"


def test_an_impossible_amount_of_augmentation_is_marked_and_explained(unfolded: "Form", qtbot: QtBot) -> None:
    field = unfolded.augmentation
    field.fold.setChecked(True)
    with qtbot.assertNotEmitted(unfolded.live_changed):
        unfolded.type_in(field.numbers["shear"], "far")
    assert "shear" in unfolded.line()
    assert field.numbers["shear"].property("invalid") is True
    assert not field.numbers["shift"].property("invalid")
    unfolded.type_in(field.numbers["shear"], "0")
    assert not field.numbers["shear"].property("invalid")
