"""Checked against numbers worked by hand, with scores that are logarithms."""

from math import log

import pytest
import torch

from qa.train.losses import passage_loss, question_loss

# Windows of a first token, one of the question, and two of the passage; one has a single one.
SCORES = torch.tensor(
    [
        [log(1), log(9), log(2), log(5)],  # question 0, answered by the last token
        [log(2), log(9), log(6), log(7)],  # question 0, its last token is padding
        [log(4), log(9), log(2), log(2)],  # question 1, not answered
    ]
)
PASSAGE = torch.tensor(
    [[False, False, True, True], [False, False, True, False], [False, False, True, True]]
)
TARGET = torch.tensor([3, 0, 0])
QUESTION = torch.tensor([0, 0, 1])


def test_each_window_is_a_choice_of_its_own_tokens_and_the_first():
    # 5 of 1 + 2 + 5; 2 of 2 + 6; 4 of 4 + 2 + 2.
    expected = -(log(5 / 8) + log(2 / 8) + log(4 / 8)) / 3
    assert passage_loss(SCORES, PASSAGE, TARGET).item() == pytest.approx(expected)


def test_a_question_is_a_choice_among_all_its_windows():
    # Over the first token of each window: 2, 5 and 3; nowhere is 1. The other: 1/2, 1/2 and 1.
    expected = -(log(5 / (1 + 2 + 5 + 3)) + log(1 / 2)) / 2
    assert question_loss(SCORES, PASSAGE, TARGET, QUESTION).item() == pytest.approx(expected)


def test_two_windows_that_answer_share_the_probability():
    target = torch.tensor([3, 2, 0])
    expected = -(log((5 + 3) / 11) + log(1 / 2)) / 2
    assert question_loss(SCORES, PASSAGE, target, QUESTION).item() == pytest.approx(expected)


def test_with_one_window_a_question_the_losses_are_the_same():
    alone = torch.arange(3)
    assert question_loss(SCORES, PASSAGE, TARGET, alone).item() == pytest.approx(
        passage_loss(SCORES, PASSAGE, TARGET).item()
    )


def test_every_slope_is_a_number_and_none_is_outside_the_passage():
    scores = SCORES.clone().requires_grad_()
    passage = PASSAGE.clone()
    passage[2] = False  # a window without text
    loss = passage_loss(scores, passage, TARGET) + question_loss(scores, passage, TARGET, QUESTION)
    loss.backward()
    assert torch.isfinite(scores.grad).all()
    assert scores.grad[:, 1].abs().sum() == 0
    assert scores.grad[1, 3] == 0
    assert scores.grad[0, 3] < 0 < scores.grad[1, 2]
