from qa.train.pairs import Example, by_question, is_held_out, kept_apart, telling
from qa.train.recipe import Source


def test_answers_that_tell_nothing_are_left_out():
    text = "They said it is long: Ann, 5 or the old town."
    spans = [(text.index(part), text.index(part) + len(part)) for part in
             ("They", "it", "long", "Ann", "5", "the old town")]  # fmt: skip
    (kept,) = telling([Example("1", "?", text, tuple(spans))])
    assert kept.texts == ("Ann", "5", "the old town")
    assert list(telling([Example("1", "?", text, tuple(spans[:3]))])) == []
    unanswerable = Example("1", "?", text)
    assert list(telling([unanswerable])) == [unanswerable]


def test_negatives_of_another_file_go_with_their_question():
    held = Example("1", "Who?", "Ann left.", ((0, 3),))
    other = Example("1", "Who?", "It rained.")
    stranger = Example("1", "Where?", "It rained.")
    empty = Example("9", "When?", "")
    first, second = by_question(
        [(Source("n", 5.0), [other, stranger, empty]), (Source("p", 2.0), [held])]
    )
    assert (first.answering, first.others, first.weight) == ((held,), (other,), 2.0)
    assert (second.answering, second.others) == ((), (stranger,))


def test_held_out_documents_and_what_is_asked_of_them_are_not_trained_on():
    def example(doc, question, answers=((0, 1),)):
        return Example(
            id=f"{doc} {question}", question=question, context=doc, answers=answers, doc=doc
        )

    docs = [f"document {number}" for number in range(500)]
    asked = [example(doc, f"Who is it in {doc}?") for doc in docs]
    held = {one.doc for one in asked if is_held_out(one, 0.1)}
    assert 25 < len(held) < 75
    assert held < {one.doc for one in asked if is_held_out(one, 0.2)}
    first = min(held)
    free = next(doc for doc in docs if doc not in held)
    again = example(free, f"WHO is it in {first}?")
    negative = example(free, f"Who is it in {first}?", answers=())
    of_held = example(first, "Who else?", answers=())
    kept, others = kept_apart([asked, [again, negative, of_held]], 0.1)
    assert {one.doc for one in kept} == {*docs} - held
    assert others == []
    assert kept_apart([asked], 0.0) == [asked]
