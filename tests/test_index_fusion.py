import pytest

from index.fusion import RANK_CONSTANT, fuse

FIRST, SECOND = 1 / (RANK_CONSTANT + 1), 1 / (RANK_CONSTANT + 2)


def test_what_both_rankings_hold_comes_first() -> None:
    fused = fuse([(1, 0.9), (2, 0.8), (3, 0.7)], [(9, 30.0), (3, 2.0), (2, 1.0)])
    assert [id for id, _ in fused] == [2, 3, 1, 9]


def test_scores_are_sums_of_reciprocal_ranks() -> None:
    scores = dict(fuse([(7, 0.9), (8, 0.5)], [(8, 3.2)]))
    assert scores == pytest.approx({7: FIRST, 8: SECOND + FIRST})


def test_only_ranks_count_and_ties_go_to_the_older_passage() -> None:
    assert fuse([(5, 0.1)], [(4, 99.0)]) == [(4, FIRST), (5, FIRST)]


def test_one_ranking_keeps_its_order() -> None:
    ranking = [(3, 0.3), (1, 0.2), (2, 0.1)]
    assert [id for id, _ in fuse(ranking, [])] == [3, 1, 2]


def test_nothing_found_is_nothing_fused() -> None:
    assert fuse([], []) == []
    assert fuse() == []
