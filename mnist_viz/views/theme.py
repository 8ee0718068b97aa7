"""Colours, type and spacing: the one place that says how the window looks.

Colour means one thing everywhere: `diverging` for the sign of weights and gradients (blue below zero, orange above),
`evidence` for what speaks for a class (green) or against it (magenta), `sequential` for activations, `classes` for the
ten digits or other classes, `training` and `validation` for the two curves, a colour of its own for each run, `accent`
for what the user can press or move.
"""

import re
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from mnist_viz.recording.run_words import RUN_COLORS
from mnist_viz.system.paths import resource
from mnist_viz.views import zoom

GRID = 8
"""Pixels: every margin and gap is a multiple of this, or half of it."""

RADIUS = 6

# One type scale, in pixels.
SMALL, BODY, TITLE, FIGURE = 11, 13, 15, 28

FAMILY = "Inter"

# Colours of classes and runs, found by a search for the largest smallest distance in Oklab (B. Ottosson, "A perceptual
# color space for image processing", 2020), also as people with protanopia, deuteranopia and tritanopia see them (G. M.
# Machado et al., 2009), among hues that are neither blue nor orange: those are the sign of weights.
_CLASSES = (
    "#00ae8b", "#800c00", "#a29700", "#9780ff", "#ff97dc",
    "#00515d", "#0c8023", "#8b2eae", "#747480", "#b9c580",
)  # fmt: skip
_CLASSES_ON_DARK = (
    "#00b98b", "#c5230c", "#a29700", "#8b74ff", "#ff97dc",
    "#80ffff", "#a2d13a", "#973aae", "#687474", "#f3e897",
)  # fmt: skip
_RUNS_ON_DARK = ("#3fc98f", "#ff80b9", "#c9bc2a", "#a294ff", "#ff9c90", "#80e8ff", "#c5e851", "#c568e8")
_RUNS_ON_LIGHT = ("#00744f", "#b0318a", "#6b6000", "#4a22b8", "#96202c", "#005f74", "#4c7500", "#8b3ab9")

LookupTable = NDArray[np.uint8]


@dataclass(frozen=True)
class Theme:
    """The colours of one scheme. Colours are ``#rrggbb`` strings; `color` makes a QColor of one."""

    name: str
    window: str  # behind the panels
    panel: str  # a panel's ground
    sunken: str  # plots, heatmaps, the pad
    raised: str  # buttons, fields
    border: str
    text: str
    muted: str  # secondary text, axes
    disabled: str  # text of what cannot be used now
    accent: str  # what can be pressed or moved: primary button, cursor, focus
    on_accent: str
    training: str
    validation: str
    good: str
    bad: str
    ink: str  # the pen on the pad
    negative: tuple[str, ...]  # diverging scale, from -1 inwards to 0
    positive: tuple[str, ...]  # from 0 outwards to +1
    against: tuple[str, ...]  # scale of evidence, from -1 inwards to 0
    support: tuple[str, ...]  # from 0 outwards to +1
    activation: tuple[str, ...]  # sequential scale, from 0 to 1
    classes: tuple[str, ...] = field(default=_CLASSES)

    @property
    def dark(self) -> bool:
        return self.name == "dark"

    def class_color(self, number: int, classes: int) -> str:
        """The colour of class `number`: each has its own, or where there are too many of them all have one."""
        return self.classes[number if classes <= len(self.classes) else 0]

    def run_color(self, index: int) -> str:
        """The colour number `index` of a run; they repeat after that."""
        return (_RUNS_ON_DARK if self.dark else _RUNS_ON_LIGHT)[index % RUN_COLORS]

    @property
    def diverging(self) -> LookupTable:
        """(256, 4) uint8 BGRA rows for values -1 to 1: Qt's Format_RGB32 on a little-endian machine."""
        return _lookup_table(self.negative + self.positive[1:])

    @property
    def evidence(self) -> LookupTable:
        """(256, 4) uint8 BGRA rows for -1, all against, to 1."""
        return _lookup_table(self.against + self.support[1:])

    @property
    def sequential(self) -> LookupTable:
        """(256, 4) uint8 BGRA rows for values 0 to 1."""
        return _lookup_table(self.activation)

    @property
    def digit(self) -> LookupTable:
        """(256, 4) uint8 BGRA rows for a digit's pixels: the ground of the pad to its ink."""
        return _lookup_table((self.sunken, self.ink))


DARK = Theme(
    name="dark",
    window="#101217", panel="#171a21", sunken="#0c0e12", raised="#232833", border="#2b313d",
    text="#e8eaf0", muted="#98a1b3", disabled="#858fa3", accent="#8d7ef6", on_accent="#0b0d11",
    training="#b4bccb", validation="#f472b6", good="#4ade80", bad="#fb7185", ink="#f4f5f8", classes=_CLASSES_ON_DARK,
    negative=("#a5d4ff", "#4a9df0", "#1f5fae", "#16293f", "#14181f"),
    positive=("#14181f", "#3a2515", "#b0590e", "#f28e2b", "#ffd9a0"),
    against=("#ffc2ea", "#e863b8", "#9a2f78", "#3a1a33", "#14181f"),
    support=("#14181f", "#20331a", "#4a8a1f", "#8fce3c", "#e2f7b0"),
    activation=("#14181f", "#15424a", "#178272", "#5fc26f", "#f3f7b0"),
)  # fmt: skip

LIGHT = Theme(
    name="light",
    window="#eceef2", panel="#ffffff", sunken="#f6f7f9", raised="#f1f3f6", border="#d5dae2",
    text="#1a1e27", muted="#56606f", disabled="#616c7c", accent="#6250e0", on_accent="#ffffff",
    training="#5b6475", validation="#c81e78", good="#147c3b", bad="#c3203f", ink="#14171d",
    negative=("#0b3d7a", "#1f74c9", "#6fb0ec", "#c4dff6", "#f7f7f7"),
    positive=("#f7f7f7", "#fbdcb8", "#f2a65a", "#c8650c", "#7a3a04"),
    against=("#6f0a4f", "#c0368f", "#ea93c9", "#f7d7ec", "#f7f7f7"),
    support=("#f7f7f7", "#dcefc2", "#a2d05f", "#578c17", "#2b4d05"),
    activation=("#f7f7f7", "#cdebc0", "#62bd78", "#177f74", "#123f55"),
)  # fmt: skip


def luminance(rgb: NDArray[np.uint8]) -> NDArray[np.floating]:
    """The relative luminance of colours (..., 3), 0 to 1: WCAG 2.2, from which the contrast of texts follows."""
    shares = rgb / 255.0
    linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    shown: NDArray[np.floating] = linear @ np.array([0.2126, 0.7152, 0.0722])
    return shown


def color(hexadecimal: str, alpha: float = 1.0) -> QColor:
    result = QColor(hexadecimal)
    result.setAlphaF(alpha)
    return result


def font(size: int = BODY, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """Inter in `size` pixels, with figures of one width so that changing numbers do not jump."""
    result = QFont(FAMILY)
    result.setPixelSize(size)
    result.setWeight(weight)
    result.setFeature(QFont.Tag("tnum"), 1)
    return result


def load_fonts(app: QApplication) -> None:
    """Give the application the font it ships with; before the first widget, which would keep the system's."""
    for weight in ("Regular", "Medium", "SemiBold"):
        QFontDatabase.addApplicationFont(str(resource(f"fonts/Inter-{weight}.otf")))
    app.setFont(font())


@cache
def _lookup_table(anchors: tuple[str, ...]) -> LookupTable:
    """Interpolate the anchor colours, evenly spaced, in linear light so that no band stands out."""
    rgb = np.array([[int(a[i : i + 2], 16) for i in (1, 3, 5)] for a in anchors]) / 255.0
    linear = rgb**2.2
    at = np.linspace(0, len(anchors) - 1, 256)
    mixed = np.stack([np.interp(at, np.arange(len(anchors)), linear[:, c]) for c in range(3)], axis=1)
    table = np.full((256, 4), 255, np.uint8)
    table[:, :3] = np.round(255 * mixed ** (1 / 2.2))[:, ::-1]
    table.setflags(write=False)
    return table


def palette(theme: Theme) -> QPalette:
    result = QPalette()
    role = QPalette.ColorRole
    for r, c in {
        role.Window: theme.window, role.WindowText: theme.text, role.Base: theme.sunken, role.Text: theme.text,
        role.AlternateBase: theme.raised, role.Button: theme.raised, role.ButtonText: theme.text,
        role.Highlight: theme.accent, role.HighlightedText: theme.on_accent, role.PlaceholderText: theme.muted,
        role.ToolTipBase: theme.raised, role.ToolTipText: theme.text, role.Link: theme.accent,
    }.items():  # fmt: skip
        result.setColor(r, QColor(c))
    for r in (role.WindowText, role.Text, role.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, r, QColor(theme.disabled))
    return result


def apply(app: QApplication, window: QWidget, theme: Theme) -> None:
    """Give the whole application `theme`: its palette, and the style sheet of the window, which its dialogs share.

    As the style sheet of the application it would take four times as long, and longer than a window may stand still.
    """
    app.setPalette(palette(theme))
    app.setFont(font(zoom.px(BODY)))
    for top in (window, *window.findChildren(QWidget)):
        if top.isWindow():
            top.setFont(app.font())  # which a style sheet keeps from the application's
    window.setStyleSheet(style_sheet(theme))


def style_sheet(theme: Theme) -> str:
    sheet = resource("style.qss").read_text(encoding="utf-8")
    for name in sorted(Theme.__dataclass_fields__, key=len, reverse=True):
        value = getattr(theme, name)
        if isinstance(value, str):
            sheet = sheet.replace(f"@{name}", value)
    # A line of one pixel stays one.
    return re.sub(r"\b([2-9]|\d\d+)px", lambda found: f"{zoom.px(int(found[1]))}px", sheet)
