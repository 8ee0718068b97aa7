"""Random events in any order: a few hundred break nothing, and a trace of them can be replayed."""

import json
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLineEdit, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from mnist_viz.bench import events
from mnist_viz.bench.events_moves import find, path_of

EVENTS = 120


def silent(_: str) -> None:
    """Nobody listens."""


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_breaks_whatever_one_clicks(seed: int, tmp_path: Path) -> None:
    figures = events.measure(EVENTS, seed, str(tmp_path / "no data"), tmp_path / "traces", silent)
    assert figures["failures"] == []
    assert figures["events"] == EVENTS
    trace = lines(tmp_path / "traces" / f"events-{seed}-0.jsonl")
    assert len(trace) == EVENTS
    assert len({event["do"] for event in trace}) > 6
    if seed == 1:
        again = events.replay(tmp_path / "traces" / "events-1-0.jsonl", None, tmp_path / "again", silent)
        assert again["failures"] == []
        assert lines(tmp_path / "again" / "events-1-0.jsonl") == trace


def test_what_breaks_is_told_with_its_trace(tmp_path: Path) -> None:
    trace = tmp_path / "events-0-0.jsonl"
    trace.write_text('{"do": "wait", "ms": 1}\n{"do": "nothing known"}\n{"do": "wait", "ms": 1}\n')
    figures = events.replay(trace, str(tmp_path / "no data"), tmp_path / "again", silent)
    told = "\n".join(figures["failures"])
    assert "AttributeError" in told
    assert str(tmp_path / "again" / "events-0-0.jsonl") in told
    assert figures["events"] == 2


def test_no_trace_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no trace"):
        events.replay(tmp_path / "none.jsonl", None, None, silent)


def test_a_path_leads_back_to_its_widget(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.setObjectName("a window of the test")
    rows = QVBoxLayout(window)
    buttons = [QPushButton(text) for text in ("one", "two", "three")]
    field = QLineEdit()
    field.setObjectName("a/name#with signs")
    for widget in (*buttons, field):
        rows.addWidget(widget)
    window.show()
    for widget in (window, *buttons, field):
        assert find(path_of(widget)) is widget
    gone = path_of(buttons[2])
    buttons[2].setParent(None)
    assert find(gone) is None
