import pytest

from eval.failures import Cause, failure
from eval.pairs import Pair
from eval.predictions import Found, Prediction, Said

TEXTS = {
    "rain": "It rained all week in the north.",
    "mayor": "The mayor, Ann Lee, left on Monday.",
    "storm": "A storm took the roof.",
    "copy": "Ann Lee left, too.",
}


def found(name):
    return Found(name, 100, 100 + len(TEXTS[name]), TEXTS[name], 0.5)


def said(name, words, confidence=0.9):
    start = 100 + TEXTS[name].index(words)
    return Said(words, confidence, name, "", "", start, start + len(words))


def prediction(answers=(), guesses=(), read=("rain", "mayor"), beyond=("storm",)):
    return Prediction(
        id="1",
        asked_as="Who left?",
        confidence=0.9,
        answers=tuple(answers),
        guesses=tuple(guesses),
        passages=tuple(map(found, read)),
        beyond=tuple(map(found, beyond)),
        timings={},
    )


WHO = Pair("1", "Who left?", ("Ann Lee", "the mayor, Ann Lee"), ("mayor",))
NOBODY = Pair("1", "Who left?", ())
ANSWERED = prediction([said("rain", "the north")])


@pytest.mark.parametrize(
    ("pair", "reply", "cause"),
    [
        (WHO, prediction([said("rain", "the north")], read=("rain", "copy")), Cause.NOT_FOUND),
        (WHO, prediction(read=("rain", "storm"), beyond=()), Cause.NOT_FOUND),
        (
            WHO,
            prediction([said("storm", "the roof")], read=("storm",), beyond=("rain", "mayor")),
            Cause.NOT_READ,
        ),
        (WHO, prediction(read=("storm",), beyond=("mayor",)), Cause.NOT_READ),
        (WHO, ANSWERED, Cause.OTHER_SPAN),
        (WHO, prediction([said("mayor", "Monday")]), Cause.OTHER_SPAN),
        (WHO, prediction([said("mayor", "Ann Lee, left on Monday")]), Cause.EDGES),
        (WHO, prediction([said("mayor", "Lee")]), Cause.EDGES),
        (WHO, prediction(guesses=[said("mayor", "Ann Lee", 0.1)]), Cause.REFUSED),
        (NOBODY, ANSWERED, Cause.ANSWERED),
    ],
)
def test_each_cause_is_found(pair, reply, cause):
    assert failure(pair, reply).cause == cause


@pytest.mark.parametrize(
    ("pair", "reply"),
    [
        (WHO, prediction([said("mayor", "The mayor, Ann Lee")])),
        (WHO, prediction([said("copy", "Ann Lee")], read=("copy",))),
        (NOBODY, prediction(guesses=[said("rain", "the north", 0.1)])),
    ],
)
def test_what_is_right_has_no_cause(pair, reply):
    assert failure(pair, reply) is None


def test_the_evidence_shows_where_the_right_answer_was_lost():
    lost = failure(WHO, prediction([said("rain", "the north")], [said("mayor", "Ann Lee", 0.2)]))
    (place,) = lost.places
    assert place.rank == 2
    assert [place.passage.text[start:end] for start, end in place.spans] == [
        "mayor, Ann Lee",
        "Ann Lee",
    ]
    assert lost.gold_candidate == 2
    assert lost.said.text == "the north"
