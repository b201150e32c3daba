"""How near sentences are to a question in meaning."""

from __future__ import annotations

from collections.abc import Iterable

from index.encoder import Encoder


class Nearness:
    """The cosines of one question and of sentences, each computed once.

    A passage may be about what is asked while the sentence that was marked in it is not: of two
    figures in one passage, that of the nearer sentence is more often right.
    """

    def __init__(self, encoder: Encoder, question: str) -> None:
        self._encoder = encoder
        self._question = question
        self._known: dict[str, float] = {}

    def learn(self, sentences: Iterable[str]) -> None:
        """Compute those of ``sentences`` that are not known yet, together, which is quicker."""
        new = [one for one in dict.fromkeys(sentences) if one not in self._known]
        if new:
            vectors = self._encoder.encode([self._question, *new])
            self._known.update(zip(new, (vectors[1:] @ vectors[0]).tolist(), strict=True))

    def __call__(self, sentence: str) -> float:
        """The cosine of the question and ``sentence``."""
        self.learn([sentence])
        return self._known[sentence]
