"""Every text of the window can be read: a contrast of 4.5 at least (WCAG 2.2, 1.4.3), in both themes."""

import re

import numpy as np
import pytest
from PySide6.QtGui import QColor

from mnist_viz.recording.run_words import RUN_COLORS
from mnist_viz.system.paths import resource
from mnist_viz.views.errors.scale import error_table, is_light
from mnist_viz.views.theme import DARK, LIGHT, Theme, luminance

LEAST = 4.5
GROUNDS = "window", "panel", "sunken", "raised"


def contrast(one: str | QColor, other: str | QColor) -> float:
    rgb = np.array([[tint.red(), tint.green(), tint.blue()] for tint in map(QColor, (one, other))], np.uint8)
    dark, light = np.sort(luminance(rgb))
    return float((light + 0.05) / (dark + 0.05))


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_every_ink_is_readable_on_every_ground(theme: Theme) -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    inks = "text", "muted", "disabled", "accent", "good", "bad", "training", "validation"
    tints = [getattr(theme, ink) for ink in inks] + [theme.run_color(number) for number in range(RUN_COLORS)]
    for tint in tints:
        assert min(contrast(tint, getattr(theme, ground)) for ground in GROUNDS) >= LEAST, tint


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_only_the_sign_of_weights_is_blue_and_orange(theme: Theme) -> None:
    """For and against, runs and classes have other hues: a colour means one thing."""
    signs = [QColor(tint).hslHue() for tint in (*theme.negative[:3], *theme.positive[-3:])]
    runs = [theme.run_color(number) for number in range(RUN_COLORS)]
    for tint in (*theme.against[:3], *theme.support[-3:], *theme.classes, *runs):
        shown = QColor(tint)
        distance = min(abs((shown.hslHue() - hue + 180) % 360 - 180) for hue in signs)
        assert distance >= 15 or shown.hslSaturationF() < 0.1, tint


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_counts_are_readable_in_every_cell_of_the_confusion_matrix(theme: Theme) -> None:
    table, light = error_table(theme), is_light(theme)
    cells = [QColor(*map(int, rgb)) for rgb in table]
    assert contrast(theme.muted, cells[0]) >= LEAST  # the diagonal
    assert min(contrast(tint, "#000000" if light[k] else "#ffffff") for k, tint in enumerate(cells) if k) >= LEAST


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_what_the_style_sheet_writes_on_a_ground_of_its_own_is_readable(theme: Theme) -> None:
    rules = re.findall(r"([^{}]+)\{([^{}]*)\}", resource("style.qss").read_text(encoding="utf-8"))
    found = 0
    for selector, body in rules:
        ink, ground = (re.search(rf"(?:^|[;\s]){name}: @(\w+)", body) for name in ("color", "background"))
        if ink and ground:
            found += 1
            assert contrast(getattr(theme, ink[1]), getattr(theme, ground[1])) >= LEAST, selector.strip()
        assert "rgba(" not in body, "the contrast of a transparent ink is not known"
    assert found > 10
