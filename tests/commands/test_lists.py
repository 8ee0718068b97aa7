"""`mnist-viz presets`: what there is."""

import json
from typing import TYPE_CHECKING

from mnist_viz.engine.presets import PRESETS

if TYPE_CHECKING:
    from tests.commands.conftest import Cli


def test_presets_are_a_table(cli: "Cli") -> None:
    done = cli("presets")
    assert (done.status, done.err) == (0, "")
    for name, preset in PRESETS.items():
        assert name in done.out
        assert preset.description in done.out
    assert "784-128-10, relu, 101,770 parameters" in done.out
    falling = PRESETS["leaky-relu-500"].settings
    assert f"learning rate {falling.learning_rate:g} (inverse time, decay {falling.decay:g})" in done.out


def test_presets_as_json_have_all_that_a_run_needs(cli: "Cli") -> None:
    done = cli("presets", "--json")
    listed = {preset["name"]: preset for preset in json.loads(done.out)}
    assert list(listed) == list(PRESETS)
    assert listed["relu-128"]["parameters"] == 101_770
    assert listed["leaky-relu-500"]["hidden"] == [500, 300, 100]
    assert listed["sigmoid-sgd"]["biases"] is False
    assert all(preset["source"] and preset["description"] for preset in listed.values())
    assert "everything" in cli("presets", "everything").failed_with(2)
