"""How near sentences are to a question in meaning."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from index.encoder import Encoder


class Nearness:
    """The cosines of one question and of sentences, each text encoded once.

    A passage may be about what is asked while the sentence that was marked in it is not: of two
    figures in one passage, that of the nearer sentence is more often right. Encoding takes a third
    as long as reading did, so all answers to a question share one of these.
    """

    def __init__(self, encoder: Encoder, question: str) -> None:
        self._encoder = encoder
        self._question = question
        self._vectors: dict[str, NDArray[np.float32]] = {}

    def learn(self, sentences: Iterable[str]) -> None:
        """Encode those of ``sentences`` that are not known yet, together, which is quicker."""
        texts = dict.fromkeys([self._question, *sentences])
        new = [text for text in texts if text not in self._vectors]
        if new:
            self._vectors.update(zip(new, self._encoder.encode(new), strict=True))

    def __call__(self, sentence: str) -> float:
        """The cosine of the question and ``sentence``."""
        self.learn([sentence])
        return float(self._vectors[self._question] @ self._vectors[sentence])
