"""History and message to standalone questions; the one answered best is shown to the person.

>>> earlier = [Turn("Who led the delegation?", "Khalil al-Hayya")]
>>> standalone("Which bureau does he head?", earlier)[0]
'Which bureau does Khalil al-Hayya head?'
>>> standalone("And when?", [Turn("Where did the bridge fall?", "Marrowick")])[0]
'When did the bridge fall?'
>>> standalone("And the ministers?", [Turn("Who is the mayor of Marrowick?", "Helena Drosz")])
['Marrowick Helena Drosz: And the ministers?']
>>> further = [Turn("Who owns Port Sallow?", "Lumen"), Turn("How many cranes has it?", "two")]
>>> standalone("When does it open?", further)
['Port Sallow Lumen two: When does it open?']
>>> standalone("Why?", [Turn("What did Lumen do in May?", "closed the night shift")])[0]
'Why did Lumen closed the night shift in May?'
>>> standalone("Who owns the port of Sallow?", earlier)[0]
'Who owns the port of Sallow?'
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.errors import UsageError

LONGEST_CARRIED = 300  # characters of an earlier question or answer worth carrying over
MOST_LEANT_ON = 3  # turns, each of which leans on the one before

_SUBJECT = re.compile(r"\b(he|she|it|they|him|them)\b", re.IGNORECASE)
_OWNER = re.compile(r"\b(his|her|its|their)\b", re.IGNORECASE)
_REFERS = re.compile(
    r"\b(he|she|it|they|him|them|his|her|hers|its|their|theirs|else)\b", re.IGNORECASE
)
_OPENING = re.compile(r"^\s*(?:and|but|so|ok|okay|then|what about|how about)\b[\s,:]*", re.I)
_ASKING = r"who|whom|whose|what|when|where|which|why|how(?: (?:many|much|long|far|old|often))?"
_BARE = re.compile(rf"^\s*(?:(?:and|but|so)\b[\s,]*)?({_ASKING})\s*[?.!]*\s*$", re.IGNORECASE)
_AUXILIARY = re.compile(
    rf"^\s*(?:in |on |at |by |from )?(?:{_ASKING})\b.*?"
    r"\b((?:did|does|do|was|were|is|are|has|have|had|will|would|can|could)\b.*)$",
    re.IGNORECASE,
)
_DO = re.compile(r"(?<!^)\bdo\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier question and the answer that was given; empty when there was none."""

    question: str
    answer: str = ""


def standalone(question: str, history: Sequence[Turn]) -> list[str]:
    """The ways to understand ``question`` after ``history``, the likeliest first, all distinct.

    A question that names what it is about is left alone. One that leans on the turn before it takes
    that turn's answer in the place of a pronoun, its question with another question word, or the
    names in both in front. One that is only short and without a name is tried alone first.

    On 25 follow-ups, names in front gave an F1 of 59.5; the whole turn in front, 38.0; with the
    leaning question alone tried as well, 51.6, for it finds answers about others.
    """
    leans, last = needs_history(question), history[-1] if history else Turn("")
    if not last.question or not question.strip() or not (leans or _names_nothing(question)):
        return [question]
    earlier, answer = (text.strip()[:LONGEST_CARRIED] for text in (last.question, last.answer))
    topic = _topic(history)
    about = f"{topic}: {question.strip()}" if topic else f"{earlier} {question.strip()}"
    if not leans:
        return _distinct(question, about)
    alone = "" if _names_nothing(question) else question
    again = _reasked(question, earlier, answer)
    return _distinct(again, _substituted(question, answer), about, alone)


def turns(history: object) -> tuple[Turn, ...]:
    """The turns of a history as JSON gives it: a list of {"question", "answer"?} objects.

    Raises:
        UsageError: it is of another form.
    """
    try:
        return tuple(
            Turn(str(turn["question"]), str(turn.get("answer") or ""))
            for turn in history  # type: ignore[attr-defined]
        )
    except (TypeError, KeyError, AttributeError):
        raise UsageError(
            'history is not of the form [{"question": "...", "answer": "..."}, ...].'
        ) from None


def needs_history(question: str) -> bool:
    """Whether ``question`` seems to lean on an earlier one: a pronoun, "And ...", "Why?"."""
    if _BARE.match(question) or _OPENING.match(question):
        return True
    return bool(_REFERS.search(question)) or len(question.split()) <= 2


def _names_nothing(question: str) -> bool:
    """Whether a question is short and without a name or number: "How many people died?"."""
    return len(question.split()) <= 8 and not _names(question)


def _names(question: str) -> list[str]:
    """The words of a question, from the second on, that are names or numbers."""
    words = [word.strip("?!,.;:\"'“”") for word in question.split()[1:]]
    return [word for word in words if word and (word[0].isupper() or word[0].isdigit())]


def _topic(history: Sequence[Turn]) -> str:
    """The names of the last question, and its answer.

    Where that question leaned on an earlier one itself, what that was about is the topic still.
    """
    words: list[str] = []
    for turn in reversed(history[-MOST_LEANT_ON:]):
        asked, answer = turn.question[:LONGEST_CARRIED], turn.answer.strip()[:LONGEST_CARRIED]
        names = _names(asked)
        words = [*names, *answer.split(), *words]
        if names and not needs_history(asked):
            break
    return " ".join(dict.fromkeys(words))


def _reasked(question: str, earlier: str, answer: str) -> str:
    """The earlier question with the new question word: "When?" after "Where did it fall?".

    What somebody was asked to do is the answer.
    """
    word, found = _BARE.match(question), _AUXILIARY.match(earlier)
    if not word or not found:
        return ""
    rest = found[1]
    if answer and earlier.lower().startswith("what"):
        rest = _DO.sub(lambda _: answer, rest, count=1)
    return f"{word[1].capitalize()} {rest}"


def _substituted(question: str, answer: str) -> str:
    """The question with the earlier answer, where that is a name, in place of a pronoun."""
    if not answer or len(answer.split()) > 8 or not any(c.isupper() for c in answer):
        return ""
    name = answer.rstrip(".,;:")
    if _SUBJECT.search(question):
        return _SUBJECT.sub(lambda _: name, question, count=1)
    return _OWNER.sub(lambda _: f"{name}'s", question, count=1) if _OWNER.search(question) else ""


def _distinct(*questions: str) -> list[str]:
    return list(dict.fromkeys(question for question in questions if question))
