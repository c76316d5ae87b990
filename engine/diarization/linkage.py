"""Centroid linkage in half the memory of SciPy's, which copies the distances: 2.4 GB for a call of four hours.

The generic algorithm of Müllner, "Modern hierarchical, agglomerative clustering algorithms" (2011), which SciPy's
`fast_linkage` is too, with NumPy for the inner loops; between its short steps other threads run.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def linkage(points: Floats, method: str, metric: str = "euclidean") -> Floats:
    """As scipy.cluster.hierarchy.linkage, of which it takes every method but "centroid".

    points: (N, dimension). Returns the dendrogram, (N - 1, 4): two clusters, their distance, the size of both.
    """
    from scipy.cluster import hierarchy
    from scipy.spatial.distance import pdist

    if method != "centroid":
        scipys: Floats = hierarchy.linkage(points, method=method, metric=metric)
        return scipys
    return _Merging(len(points), pdist(np.asarray(points, np.float64))).dendrogram()


class _Merging:
    """Clusters under way: two become one in the place of the later one, and the other's size is 0 from then on.

    `distances`: condensed, those of the pairs (0, 1), (0, 2) … (N - 2, N - 1), changed in place. `nearest` and `least`:
    for each cluster the nearest of those behind it, and a lower bound of the distance.
    """

    def __init__(self, n: int, distances: Floats) -> None:
        self._n = n
        self._distances = distances
        rows = np.arange(n)
        self._row = rows * n - rows * (rows + 1) // 2 - rows - 1  # of the pair (row, column): row start + column
        self._size = np.ones(n)
        self._nearest = np.zeros(n, np.intp)
        self._least = np.full(n, np.inf)
        for each in range(n - 1):
            self._look_behind(each)

    def dendrogram(self) -> Floats:
        found = np.empty((self._n - 1, 4))
        names = np.arange(self._n)
        for step in range(self._n - 1):
            one, other = self._closest()
            distance = self._distances[self._row[one] + other]
            together = self._size[one] + self._size[other]
            found[step] = *sorted((names[one], names[other])), distance, together
            names[other] = self._n + step
            self._merge(one, other, distance)
        return found

    def _closest(self) -> tuple[int, int]:
        """The closest pair; bounds that a merge made too low are put right on the way."""
        while True:
            one = int(self._least.argmin())
            other = int(self._nearest[one])
            if self._size[other] and self._least[one] == self._distances[self._row[one] + other]:
                return one, other
            self._look_behind(one)

    def _look_behind(self, one: int) -> None:
        """Find the nearest cluster behind `one`."""
        start = self._row[one] + one + 1
        behind = np.where(self._size[one + 1 :] > 0, self._distances[start : start + self._n - one - 1], np.inf)
        place = int(behind.argmin()) if len(behind) else 0
        self._nearest[one] = one + 1 + place
        self._least[one] = behind[place] if len(behind) else np.inf

    def _merge(self, one: int, other: int, distance: float) -> None:
        """`other` becomes the union: its distances are those of the common centroid."""
        a, b = self._size[one], self._size[other]
        self._size[one], self._least[one] = 0.0, np.inf
        self._size[other] = 0.0
        alive = np.flatnonzero(self._size)
        self._size[other] = a + b
        at_one, at_other = self._pairs(one, alive), self._pairs(other, alive)
        from_one, from_other = self._distances[at_one], self._distances[at_other]
        squared = a * from_one * from_one + b * from_other * from_other - a * b * distance * distance / (a + b)
        merged = np.sqrt(squared / (a + b))
        self._distances[at_other] = merged
        before, moved = alive[alive < other], merged[alive < other]
        nearer = moved < self._least[before]
        self._nearest[before[self._nearest[before] == one]] = other
        self._nearest[before[nearer]], self._least[before[nearer]] = other, moved[nearer]
        self._look_behind(other)

    def _pairs(self, one: int, others: NDArray[np.intp]) -> NDArray[np.intp]:
        """Where the distances of `one` from the others are."""
        return np.where(others < one, self._row[others] + one, self._row[one] + others)
