"""What several layers of the networks are built from, in numpy: normalization and probabilities.

The layers themselves are in model.py and convolution.py.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def normal(x: NDArray[np.float32], gain: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each position's values with mean 0 and variance 1, times a gain."""
    width = np.float32(x.shape[-1])
    x = np.asarray(x - np.add.reduce(x, -1, keepdims=True) / width, np.float32)
    return np.asarray(x * (gain / np.sqrt(np.add.reduce(x * x, -1, keepdims=True) / width + np.float32(1e-5))))


def softmax(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probabilities along the last axis; overwrites the scores."""
    scores -= np.maximum.reduce(scores, -1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= np.add.reduce(scores, -1, keepdims=True)
    return scores
