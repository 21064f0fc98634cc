"""Each of many numbers once. numpy's own ``unique`` loads with its first call as much as an eighth of a worker's start."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def firsts(ordered: NDArray[Any]) -> NDArray[np.bool_]:
    """Of numbers in order, which are not the same as the one before."""
    found = np.ones(len(ordered), np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=found[1:])
    return found


def once(numbers: NDArray[Any]) -> NDArray[Any]:
    """Each of them once, in order."""
    ordered = np.sort(numbers)
    return ordered[firsts(ordered)]
