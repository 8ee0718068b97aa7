"""The first weights have the spread that their sources give them."""

import math

import numpy as np
import pytest

from mnist_viz.engine.initializers import INITIALIZERS
from mnist_viz.engine.network import Network

INPUTS, OUTPUTS = 400, 250

# He et al. 2015, eq. 10; Glorot and Bengio 2010, eqs. 12 and 16 (a uniform one within a has the variance a²/3).
VARIANCES = {
    "he-normal": 2 / INPUTS,
    "glorot-normal": 2 / (INPUTS + OUTPUTS),
    "glorot-uniform": 2 / (INPUTS + OUTPUTS),
    "scaled-normal": 1 / OUTPUTS,
    "he-uniform": 2 / INPUTS,
    "lecun-normal": 1 / INPUTS,
    "orthogonal": 1 / INPUTS,  # 250 orthonormal columns of length 400
    "zeros": 0.0,
}


@pytest.mark.parametrize("name", INITIALIZERS)
def test_weights_have_mean_zero_and_the_variance_of_the_source(name: str) -> None:
    weights = INITIALIZERS[name].draw(INPUTS, OUTPUTS, np.random.default_rng(3))
    assert weights.shape == (INPUTS, OUTPUTS)
    # 100,000 draws: the standard error of the variance is 0.45% of it, that of the mean 0.32% of the deviation.
    assert weights.var() == pytest.approx(VARIANCES[name], rel=0.02)
    assert abs(weights.mean()) <= 0.015 * math.sqrt(VARIANCES[name])


def test_the_uniform_one_ends_at_its_limit() -> None:
    weights = INITIALIZERS["glorot-uniform"].draw(INPUTS, OUTPUTS, np.random.default_rng(3))
    limit = math.sqrt(6 / (INPUTS + OUTPUTS))
    assert 0.999 * limit < np.abs(weights).max() <= limit


def test_orthogonal_rows_or_columns_are_orthonormal() -> None:
    for shape in ((30, 12), (12, 30), (9, 9)):
        weights = INITIALIZERS["orthogonal"].draw(*shape, np.random.default_rng(1))
        product = weights.T @ weights if shape[0] >= shape[1] else weights @ weights.T
        np.testing.assert_allclose(product, np.eye(min(shape)), atol=1e-12)


@pytest.mark.parametrize("name", INITIALIZERS)
def test_biases_begin_at_zero_and_layers_differ(name: str) -> None:
    network = Network((6, 6, 6))
    network.parameters[:] = 5
    network.initialize(name, np.random.default_rng(0))
    first, second = network.layers
    assert first.biases is not None
    assert not first.biases.any()
    assert not second.biases.any()  # type: ignore[union-attr]
    assert name == "zeros" or not np.array_equal(first.weights, second.weights)
