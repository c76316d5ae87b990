"""Our centroid linkage is SciPy's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.diarization.linkage import linkage

hierarchy = pytest.importorskip("scipy.cluster.hierarchy")


def speakers(n: int, spread: float, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    points = rng.standard_normal((3, 16))[rng.integers(0, 3, n)] + spread * rng.standard_normal((n, 16))
    return points / np.linalg.norm(points, axis=1, keepdims=True)


@given(st.integers(2, 60), st.sampled_from([0.01, 0.3, 1.0]), st.integers(0, 1000))
def test_the_dendrogram_is_scipys(n, spread, seed):
    points = speakers(n, spread, seed)
    assert np.allclose(linkage(points, "centroid"), hierarchy.linkage(points, "centroid"))


def test_points_that_are_alike_are_one_cluster():
    points = np.repeat(speakers(4, 1.0, 0), 5, axis=0)
    ours, scipys = (
        hierarchy.fcluster(z, 1e-9, "distance")
        for z in (linkage(points, "centroid"), hierarchy.linkage(points, "centroid"))
    )
    assert len(set(ours)) == len(set(zip(ours, scipys, strict=True))) == len(set(scipys))


@pytest.mark.parametrize("method", ["average", "single"])
def test_other_methods_are_scipys_own(method):
    points = speakers(20, 0.3, 1)
    assert np.array_equal(linkage(points, method, "cosine"), hierarchy.linkage(points, method, "cosine"))


def test_a_thousand():
    points = speakers(1000, 0.3, 2)
    found = [
        hierarchy.fcluster(z, 0.6, "distance")
        for z in (linkage(points, "centroid"), hierarchy.linkage(points, "centroid"))
    ]
    assert np.array_equal(*found)
