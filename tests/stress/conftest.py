"""The long tests: `make stress`, or some of them: `make stress ARGS="-k kills --times 5"`."""

import random

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--times", type=int, help="so many kills, closings, events, or files of each format")
    parser.addoption("--minutes", type=float, default=60.0, help="how long the window is used in the soak (60)")
    parser.addoption("--seed", type=int, help="of all that is random; printed by each test")


@pytest.fixture
def times(request: pytest.FixtureRequest) -> int | None:
    """How often, where it was given."""
    given: int | None = request.config.getoption("--times")
    return given


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    given: int | None = request.config.getoption("--seed")
    chosen = given if given is not None else random.SystemRandom().randrange(10**6)
    print(f"\n{request.node.name}, --seed {chosen}")
    return chosen
