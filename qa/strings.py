"""Every English word that the page says of its own accord, in one place, to be read or translated.

What stands in articles and questions is not here, nor are the messages of errors. Nothing here is
HTML; whoever shows a string escapes it.
"""

from __future__ import annotations

from collections.abc import Sequence

MOST_NAMED = 3  # sources

# -- the page -------------------------------------------------------------------------------------

NAME = "Byline"
MOTTO = "Answers from your articles, in their own words"
ASK_TAB, ARTICLES_TAB = "Ask", "Articles"

# -- asking ---------------------------------------------------------------------------------------

YOUR_QUESTION = "Your question"
ASK_YOUR_ARTICLES = "Ask your articles a question"
ASK, STOP, START_OVER = "Ask", "Stop", "Start over"
TYPE_FIRST = "Type a question first."
WAITING = "Waiting for a turn…"
SEARCHING = "Searching the articles…"
STILL_READING = "Best answer so far; still reading…"
STOPPING = "Stopping…"
STOPPED = "Stopped. Your question is in the box."

NO_ARTICLES = "There are no articles yet. Add some under “Articles”, then ask about them here."
NO_ARTICLES_TO_READ = "There are no articles here yet."
FOR_EXAMPLE = "For example"

# -- a reply --------------------------------------------------------------------------------------

UNDERSTOOD_AS = "Understood as:"
EDIT, CANCEL = "Edit", "Cancel"
QUESTION_AS_MEANT = "The question as you mean it"
ANSWER, NO_ANSWER = "Answer", "No answer"
AS_READ = "as Byline reads it"
READ_HERE = "Read here"
THE_ARTICLES_DISAGREE = "The articles disagree"
NEWEST = "Newest"
NOTHING_FOUND = "I found no answer in these articles."
NEAREST_PASSAGES = "These passages come nearest:"
BEST_GUESS = "Show the best guess anyway"
SURENESS = ((90, "Very sure"), (70, "Fairly sure"), (45, "Not very sure"), (0, "Unsure"))
REASONS = {
    "": "",
    "nothing relevant": "Nothing in them seems to be about this.",
    "not sure": "Some of them come near, but no words in them answer it with enough certainty.",
    "no words": "There is no word in the question to look for.",
}

# -- a verdict ------------------------------------------------------------------------------------

WAS_THIS_RIGHT = "Was this right?"
RIGHT, WRONG, CORRECT_IT = "Right", "Wrong", "Correct it"
RIGHT_WORDS = "The right words; leave empty if no article answers it"
SEND = "Send"
THANKS = "Thank you. That is kept for whoever looks after these articles."
JUDGED_ALREADY = "You have said so already. Thank you."
ANSWER_GONE = "That answer is no longer here; ask again to judge it."

# -- limits ---------------------------------------------------------------------------------------

SOURCES_AND_DATES = "Sources and dates"
SOURCES, FROM_DAY, TO_DAY = "Sources", "From", "To"
APPLY, CLEAR = "Apply", "Clear"
NO_SOURCES = "No article here names its source."
DAYS_SWAPPED = "The first day is after the last, so no article can match. Swap them."

# -- the reader pane ------------------------------------------------------------------------------

ARTICLE, CLOSE = "Article", "Close"
OPEN_ON_THE_WEB = "Open on the web"
ARTICLE_GONE = "This article has been removed."
QUOTE_GONE = "The article has changed since; the quote no longer stands in it word for word."

# -- articles -------------------------------------------------------------------------------------

ADD_FILES, ADD_PAGES, ADD = "Add files", "Add web pages", "Add"
AN_ADDRESS = "https://…"
SEARCH_LIST, SEARCH_LIST_BY = "Search the list", "Search by title, source or date"
GONE_ALREADY = "That article has gone already."
NO_ARTICLES_YET = "No articles yet."
REMOVE, UNDO = "Remove", "Undo"
ADDED, CHANGED, UNCHANGED = "added", "replaced by a newer version", "there already"
COPIES, PROBLEMS = "left out as copies", "could not be read"
NOTHING_TO_ADD = "Nothing to add"


def count(number: int, thing: str) -> str:
    """A number of things: "1 source", "3 sources"."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def reading(passages: int) -> str:
    """What is going on while passages are read."""
    return f"Reading {count(passages, 'passage')}…"


def ask_about(articles: int) -> str:
    """What a conversation that has not begun says of the articles."""
    held = f"{articles:,} articles" if articles > 1 else "one article"
    return (
        f"Ask about the {held} here. Byline marks the exact words that answer, "
        "shows where they stand, and says how sure it is."
    )


def other_answers(number: int) -> str:
    """The name of the fold with the less likely answers."""
    return count(number, "other answer")


def also_said(sources: int, articles: int) -> str:
    """Who else says the same: independent sources, or more articles of the one quoted."""
    if sources:
        return f"Also said by {count(sources, 'source')}"
    return f"Also in {count(articles, 'article')} of the same source"


def copies(number: int) -> str:
    """How many articles repeat the one quoted, word for word or nearly."""
    return f"{number:,} {'copy' if number == 1 else 'copies'} of this report"


def answered(text: str, sureness: str) -> str:
    """An answer as it is read out."""
    return f"{ANSWER}: {text}. {sureness}."


def read_title(title: str) -> str:
    """What a screen reader says of the button that opens an article."""
    return f"Read “{title}” here"


def remove_title(title: str) -> str:
    """What a screen reader says of the button that removes an article."""
    return f"{REMOVE} {title}"


def removed(title: str) -> str:
    """That an article is gone."""
    return f"Removed {title}."


def only_part(shown: int, whole: int) -> str:
    """That a long article is not shown whole."""
    return (
        f"This article is long: {shown:,} of its {whole:,} characters are shown, round the quote."
    )


def limited_to(sources: Sequence[str], since: str, until: str) -> str:
    """What limits let through: "Only articles of Levant Courier, since 1 October 2022"."""
    names = ", ".join(sources[:MOST_NAMED])
    if len(sources) > MOST_NAMED:
        names += f" and {len(sources) - MOST_NAMED:,} more"
    parts = [f"{word} {said}" for word, said in (("of", names), ("since", since), ("until", until))]
    return f"Only articles {', '.join(part for part in parts if not part.endswith(' '))}"


def no_date(written: str) -> str:
    """That something is no date."""
    return f"“{written[:40]}” is no date; write it as year-month-day, like 2022-10-18."


def first_sources(shown: int, there: int) -> str:
    """That a list of sources is cut."""
    return f"The first {shown:,} of {there:,} sources."


def in_list(found: int, whole: int, shown: int) -> str:
    """How many articles a list holds, of how many there are, and how many of them it shows."""
    said = count(whole, "article") if found == whole else f"{found:,} of {count(whole, 'article')}"
    return said + (f", the first {shown:,} shown; search to see others" if found > shown else "")


def no_match(wanted: str) -> str:
    """That a list holds nothing that matches."""
    return f"No article matches “{wanted}”." if wanted else "No article matches."


def adding(done: int, total: int) -> str:
    """How far adding is; ``total`` is a rough number, 0 if unknown."""
    return f"Adding articles: {done:,}{f' of about {total:,}' if total else ''} done…"


# -- embedding ------------------------------------------------------------------------------------

EMBED_THIS_CHAT = "Embed this chat"
IN_A_FRAME, AS_A_PART = "In a frame", "As a part of the page"
THE_CODE, COPY, COPY_THE_CODE = "code", "Copy", "Copy the code"
COPIED, SELECTED = "Copied.", "Selected; copy it with the keyboard."
FRAME_TITLE = "Ask our articles"
EVERY_PAGE = "Every page may show this chat."
NO_PAGES = "No other site’s pages may show this chat yet. Start it with {option} to allow yours."
COLOURS = (
    "The colours are those that the reader prefers. With {light} or {dark} at the end of the "
    "frame’s address they are fixed."
)


def only_pages(of: Sequence[str]) -> str:
    """Which other pages may show the chat."""
    return f"Beside pages of {', '.join(of)}, {NO_PAGES[0].lower()}{NO_PAGES[1:]}"


# -- conversations --------------------------------------------------------------------------------

DAMAGED = "Damaged conversation"
CONVERSATIONS, NEW_CONVERSATION = "Conversations", "New conversation"
NO_CONVERSATIONS = "Those you begin in this browser are listed here."
NOT_THERE = "That conversation is not here, or no longer. You can begin a new one."
NOT_YOURS = "Only who began a conversation can change it."
MORE = "Rename, export or delete"
RENAME, NEW_NAME, SAVE = "Rename", "New name", "Save"
COPY_LINK, AS_MARKDOWN, AS_JSON = "Copy link", "Export Markdown", "Export JSON"
LINK_COPIED = "Link copied. Whoever can open this chat can read this conversation with it."
DELETE = "Delete"


def deleted(name: str) -> str:
    """That a conversation is gone."""
    return f"Deleted: {name}"


def not_kept(why: str) -> str:
    """That an answer is on the page only."""
    return f"The answer is there, but it is not kept: {why}"
