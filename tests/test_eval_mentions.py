import pytest

from eval.mentions import mentions


@pytest.mark.parametrize(
    ("text", "answer", "said"),
    [
        ("It took ten years.", "ten years", ["ten years"]),
        ("She often wrote.", "ten", []),
        ("The 19-member board met.", "19 member board", ["19-member board"]),
        ("He met the president of the board.", "president of board", ["president of the board"]),
        ("In 1.5 hours, 5,000 came; 5 left.", "5", ["5"]),
        ("“Nasrallah”, he said. NASRALLAH!", "Nasrallah", ["Nasrallah", "NASRALLAH"]),
        ("It cost $19 million.", "$19 million", ["19 million"]),
        ("The Who played.", "The Who", ["Who"]),
        ("The end.", "the", ["The"]),
        ("Up 5 %.", "%", ["%"]),
        ("Nothing here.", "   ", []),
    ],
)
def test_answers_are_found_as_whole_words(text, answer, said):
    assert [text[start:end] for start, end in mentions(text, answer)] == said
