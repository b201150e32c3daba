from concurrent.futures import ThreadPoolExecutor

import pytest

from index.errors import UsageError
from index.records import Filters
from qa.assistant import Assistant
from qa.conversation import Turn

BROKERED = "who brokered the reconciliation?"


def test_the_answer_is_the_articles_own_words_with_its_source(assistant):
    reply = assistant.ask(BROKERED)
    best = reply.answers[0]
    assert "Nasrallah" in best.text
    assert "Iran" in best.text
    assert best.article.title
    assert best.article.published.startswith("2022-10")


def test_offsets_hold_for_every_answer_guess_and_source(assistant):
    for question in (BROKERED, "Why did the Ferrant Bridge collapse?", "how much", "Iran"):
        reply = assistant.ask(question)
        for answer in (*reply.answers, *reply.guesses):
            assert answer.article.text[answer.start : answer.end] == answer.text
            assert answer.passage.start <= answer.start < answer.end <= answer.passage.end
            assert answer.sources[0].article == answer.article
            for cited in answer.sources:
                assert cited.article.text[cited.start : cited.end] == cited.text
                assert cited.passage.article_id == cited.article.id


def test_several_articles_that_say_the_same_are_cited_once_each(assistant):
    reply = assistant.ask("Who is the spokesperson of Hamas?")
    best = reply.answers[0]
    assert "Hazem Qassem" in best.text
    ids = [cited.article.id for cited in best.sources]
    assert len(ids) == len(set(ids)) > 1


def test_what_no_article_says_is_refused_with_the_nearest_passages(assistant):
    reply = assistant.ask("Who won the Nobel Prize in Chemistry in 1954?")
    assert reply.answers == ()
    assert len(reply.hits) == 10
    assert all(guess.confidence == reply.confidence for guess in reply.guesses[:1])


def test_a_threshold_moves_answers_to_guesses_and_back(assistant):
    sure = assistant.ask(BROKERED, threshold=0.0)
    assert sure.guesses == ()
    never = assistant.ask(BROKERED, threshold=1.0)
    assert never.answers == ()
    assert {guess.text for guess in never.guesses} == {answer.text for answer in sure.answers}
    assert never.confidence == sure.confidence


def test_a_follow_up_is_understood_and_says_how(assistant):
    history = [Turn("Who led the Hamas delegation to Damascus?", "Khalil al-Hayya")]
    reply = assistant.ask("Which bureau does he head?", history)
    assert reply.question == "Which bureau does he head?"
    assert "Khalil al-Hayya" in reply.asked_as
    assert "Arab and Islamic Relations" in reply.answers[0].text


def test_a_new_topic_is_not_understood_through_the_old_one(assistant):
    history = [Turn("Who led the Hamas delegation to Damascus?", "Khalil al-Hayya")]
    question = "Who is the head coach of Tarnbeck Athletic?"
    reply = assistant.ask(question, history)
    assert reply.asked_as == question
    assert "Verhulst" in reply.answers[0].text


def test_what_was_just_said_is_not_said_again_to_another_question(assistant):
    history = [Turn("Who is Tarnbeck's new head coach?", "Joris Verhulst")]
    reply = assistant.ask("What did he promise?", history)
    assert all(answer.text != "Joris Verhulst" for answer in (*reply.answers, *reply.guesses))


def test_filters_limit_what_is_read(assistant):
    reply = assistant.ask(BROKERED, filters=Filters(since="2023-01-01"))
    assert all(hit.article.published >= "2023-01-01" for hit in reply.hits)
    nothing = assistant.ask(BROKERED, filters=Filters(sources=("No Such Paper",)))
    assert nothing.hits == ()
    assert nothing.answers == ()
    assert nothing.confidence == 0.0


def test_steps_tell_how_far_it_is(assistant):
    steps = list(assistant.steps(BROKERED))
    assert [step.stage for step in steps] == ["searching", "reading", "done"]
    assert steps[0].reply.hits == ()
    assert len(steps[1].reply.hits) == 10
    assert set(steps[-1].reply.timings) == {"search", "read", "total"}
    assert [answer.text for answer in steps[-1].reply.answers] == [
        answer.text for answer in assistant.ask(BROKERED).answers
    ]


@pytest.mark.parametrize("question", ["", "   ", "?!", "😀"])
def test_a_question_without_words_gets_an_empty_reply(assistant, question):
    reply = assistant.ask(question)
    assert (reply.answers, reply.guesses, reply.hits) == ((), (), ())


def test_wrong_use_is_told_plainly(assistant):
    with pytest.raises(UsageError, match="10,001 characters; at most 10,000"):
        assistant.ask("x" * 10_001)
    with pytest.raises(UsageError, match="probability from 0 to 1"):
        assistant.ask(BROKERED, threshold=90)
    with pytest.raises(UsageError, match="at least 1 passage"):
        assistant.ask(BROKERED, top_k=0)
    with pytest.raises(UsageError, match="no date"):
        assistant.ask(BROKERED, filters=Filters(since="last week"))


def test_an_empty_archive_answers_nothing(tmp_path, tiny_encoder):
    from index.archive import Archive

    reply = Assistant(Archive(tmp_path, tiny_encoder)).ask(BROKERED)
    assert reply.answers == reply.hits == ()


def test_many_people_at_once_get_the_answers_that_each_alone_gets(assistant):
    questions = [
        BROKERED,
        "who " * 80 + "brokered the reconciliation?",
        "Who is Tarnbeck's new head coach?",
        "When did the Ferrant Bridge collapse?",
    ] * 2
    alone = [[answer.text for answer in assistant.ask(question).answers] for question in questions]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(assistant.ask, questions))
    assert [[answer.text for answer in reply.answers] for reply in together] == alone


def test_half_a_character_is_survived(assistant):
    reply = assistant.ask("who \ud83d brokered it?", [Turn("what \udcff?", "Iran \ud83d")])
    assert reply.question.isprintable()
    assert reply.hits


def test_a_question_that_is_no_text_and_too_many_passages_are_told_plainly(assistant):
    with pytest.raises(UsageError, match="expected text"):
        assistant.ask(None)
    for top_k in (1.5, "5", -1):
        with pytest.raises(UsageError, match="at least 1"):
            assistant.ask(BROKERED, top_k=top_k)
    everything = assistant.archive.search(BROKERED, 10**11)
    assert 10 < len(everything) <= assistant.archive.count()[1]
