from concurrent.futures import ThreadPoolExecutor

import pytest

from index.archive import Archive
from index.errors import UsageError
from index.records import Article, Filters
from qa.assistant import READ_FIRST, Assistant
from qa.conversation import Turn

BROKERED = "who brokered the reconciliation?"

FIRST = (
    "The dam above Ormsby burst on Tuesday night and a wall of water ran through the lower town. "
    "At least 14 people died in the Ormsby flood, Mayor Greta Lund said on Wednesday. Rescuers "
    "under Capt. Aldo Renn searched the houses along the River Tarn with boats, and the school in "
    "Ormsby took in some 200 people.\n\nEngineers of the Valley Water Board had inspected the dam "
    "in the spring and found no fault. Lund said that the gates had been open. The road to Selby "
    "is closed, and trains will not run before Friday."
)
LATER = (
    "The number of dead has risen again in the valley of the River Tarn. In the Ormsby flood 17 "
    "people died, Mayor Greta Lund told reporters on Saturday, three more than first counted.\n\n"
    "Capt. Aldo Renn, who leads the search, said his crews had now been in every house in Ormsby. "
    "The Valley Water Board has opened its archive to the prosecutor in Selby. A service for the "
    "victims will be held on Sunday in the school, where 90 people still sleep."
)


@pytest.fixture(scope="module")
def flood(tmp_path_factory):
    """An assistant over three articles: a first report, a copy of it, and a later count."""
    archive = Archive(tmp_path_factory.mktemp("flood"))
    archive.add(
        [
            Article("first", "Dam bursts above Ormsby", FIRST, published="2023-03-08"),
            Article("copy", "Dam disaster", f"ORMSBY (Wire) - {FIRST}", published="2023-03-09"),
            Article("later", "Ormsby counts its dead", LATER, published="2023-03-11"),
        ]
    )
    yield Assistant(archive)
    archive.close()


def told(reply):
    """What a reply says, but for how long it took and the last digits of how sure it is."""
    return [
        (
            *(answer.text, answer.start, answer.article.id, answer.resolved),
            round(answer.confidence, 4),
            *((cited.article.id, cited.start, cited.copy_of) for cited in answer.sources),
        )
        for answers in (reply.answers, reply.guesses, reply.rivals)
        for answer in answers
    ]


def test_the_answer_is_the_articles_own_words_with_its_source(assistant):
    reply = assistant.ask(BROKERED)
    best = reply.answers[0]
    assert "Nasrallah" in best.text
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
    assert reply.reason == "nothing relevant"
    assert len(reply.hits) == 10
    assert all(guess.confidence == reply.confidence for guess in reply.guesses[:1])


def test_a_refusal_says_why(assistant):
    assert assistant.ask(BROKERED).reason == ""
    assert assistant.ask(BROKERED, threshold=1.0).reason == "not sure"
    assert assistant.ask("best pizza in Tokyo?", threshold=1.0).reason == "nothing relevant"
    assert assistant.ask(BROKERED, filters=Filters(sources=("No Such Paper",))).reason == (
        "nothing relevant"
    )


def test_a_number_that_was_revised_is_shown_against_the_first(flood):
    reply = flood.ask("How many people died in the Ormsby flood?")
    assert "14" in reply.answers[0].text
    (rival,) = reply.rivals
    assert "17" in rival.text
    assert rival.article.published == "2023-03-11"
    assert rival in (*reply.answers, *reply.guesses)
    assert "later" not in [cited.article.id for cited in reply.answers[0].sources]


def test_a_copy_is_cited_as_one(flood):
    best = flood.ask("How many people died in the Ormsby flood?").answers[0]
    assert {cited.article.id for cited in best.sources} == {"first", "copy"}
    assert [cited.copy_of for cited in best.sources] == ["", best.article.id]


def test_where_articles_agree_there_is_no_rival(flood, assistant):
    assert flood.ask("Who is the mayor of Ormsby?").rivals == ()
    assert assistant.ask("Who is the spokesperson of Hamas?").rivals == ()


def test_a_weekday_is_read_as_the_day_that_it_was_or_will_be(flood):
    best = flood.ask("When did the dam burst?").answers[0]
    assert best.text.startswith("Tuesday")
    assert best.resolved == "2023-03-07"
    assert flood.ask("When will the service for the victims be held?").answers[0].resolved == (
        "2023-03-12"
    )
    assert flood.ask("Who is the mayor of Ormsby?").answers[0].resolved == ""


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
    assert [step.stage for step in steps] == ["searching", "reading", "draft", "done"]
    assert steps[0].reply.hits == ()
    assert len(steps[1].reply.hits) == 10
    assert set(steps[-1].reply.timings) == {"search", "read", "total"}
    assert told(steps[-1].reply) == told(assistant.ask(BROKERED))


def test_a_draft_is_what_the_first_few_passages_answer(assistant):
    *_, draft, done = assistant.steps(BROKERED)
    assert draft.stage == "draft"
    assert draft.reply.hits == done.reply.hits
    few = assistant.ask(BROKERED, top_k=READ_FIRST)
    assert told(draft.reply) == told(few)
    assert [step.stage for step in assistant.steps(BROKERED, top_k=READ_FIRST)] == [
        "searching",
        "reading",
        "done",
    ]


@pytest.mark.parametrize(
    "question",
    [BROKERED, "When did the Ferrant Bridge collapse?", "How many people died?", "Iran"],
)
def test_reading_in_two_goes_changes_nothing(assistant, monkeypatch, question):
    in_two_goes = assistant.ask(question)
    monkeypatch.setattr("qa.assistant.READ_FIRST", 1000)
    assert told(assistant.ask(question)) == told(in_two_goes)


def test_only_the_first_way_to_understand_a_follow_up_makes_a_draft(assistant):
    history = [Turn("Who led the Hamas delegation to Damascus?", "Khalil al-Hayya")]
    stages = [step.stage for step in assistant.steps("Which bureau does he head?", history)]
    assert stages.count("reading") > 1
    assert stages[:3] == ["searching", "reading", "draft"]
    assert stages.count("draft") == 1
    assert stages[-1] == "done"


@pytest.mark.parametrize("stage", ["searching", "reading", "draft", "done"])
def test_it_can_be_stopped_at_any_step(assistant, stage):
    steps = assistant.steps(BROKERED)
    next(step for step in steps if step.stage == stage)
    steps.close()
    assert list(steps) == []
    assert assistant.ask(BROKERED).answers


def test_a_question_as_meant_is_asked_just_so(assistant):
    history = [Turn("Who led the Hamas delegation to Damascus?", "Khalil al-Hayya")]
    meant = "Who is the head coach of Tarnbeck Athletic?"
    reply = assistant.ask("Which bureau does he head?", history, asked_as=meant)
    assert (reply.question, reply.asked_as) == ("Which bureau does he head?", meant)
    assert told(reply) == told(assistant.ask(meant))


def test_an_answer_may_be_given_again_to_a_question_as_meant(assistant):
    question = "Who is the head coach of Tarnbeck Athletic?"
    history = [Turn("Who took over from Graham Pelley?", "Joris Verhulst")]
    reply = assistant.ask("And the coach?", history, asked_as=question)
    assert "Verhulst" in reply.answers[0].text


@pytest.mark.parametrize("meant", ["", " ?!"])
def test_a_question_meant_without_words_gets_an_empty_reply(assistant, meant):
    reply = assistant.ask(BROKERED, asked_as=meant)
    assert (reply.hits, reply.reason) == ((), "no words")


@pytest.mark.parametrize("question", ["", "   ", "?!", "😀"])
def test_a_question_without_words_gets_an_empty_reply(assistant, question):
    reply = assistant.ask(question)
    assert (reply.answers, reply.guesses, reply.hits) == ((), (), ())
    assert reply.reason == "no words"
    assert [step.stage for step in assistant.steps(question)] == ["searching", "done"]


def test_wrong_use_is_told_plainly(assistant):
    with pytest.raises(UsageError, match="10,001 characters; at most 10,000"):
        assistant.ask("x" * 10_001)
    with pytest.raises(UsageError, match="10,001 characters; at most 10,000"):
        assistant.ask(BROKERED, asked_as="x" * 10_001)
    with pytest.raises(UsageError, match="probability from 0 to 1"):
        assistant.ask(BROKERED, threshold=90)
    with pytest.raises(UsageError, match="at least 1 passage"):
        assistant.ask(BROKERED, top_k=0)
    with pytest.raises(UsageError, match="no date"):
        assistant.ask(BROKERED, filters=Filters(since="last week"))


def test_an_empty_archive_answers_nothing(tmp_path, tiny_encoder):
    reply = Assistant(Archive(tmp_path, tiny_encoder)).ask(BROKERED)
    assert reply.answers == reply.hits == ()
    assert reply.reason == "nothing relevant"


@pytest.mark.slow
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
