import pytest

from qa.nearness import Nearness

QUESTION = "Who is the harbour master of Tresk?"
NEAR = "Ada Quell runs the port of Tresk."
OTHER = "Its harbour is new."
FAR = "It rained on the market all day."


class Counting:
    """An encoder that counts what it is given."""

    def __init__(self, encoder):
        self.encoder, self.given = encoder, []

    def encode(self, texts):
        self.given.append(list(texts))
        return self.encoder.encode(texts)


def test_it_is_the_cosine_of_question_and_sentence(encoder):
    near = Nearness(encoder, QUESTION)
    question, sentence = encoder.encode([QUESTION, NEAR])
    assert near(NEAR) == pytest.approx(float(question @ sentence), abs=1e-5)
    assert near(NEAR) > near(FAR)


def test_a_sentence_is_encoded_once_and_many_are_together(encoder):
    counting = Counting(encoder)
    near = Nearness(counting, QUESTION)
    near.learn([NEAR, FAR, NEAR])
    assert near(NEAR) > near(FAR)
    near.learn([])
    near.learn([FAR, OTHER])
    assert counting.given == [[QUESTION, NEAR, FAR], [OTHER]]
