"""The likeliest consistent figures: arithmetic decides between readings that are about equally likely."""

from __future__ import annotations

import pytest

from scrapers.extraction.branch_counts import Branch, divide
from scrapers.extraction.figures import Ballot, Figure, Vote, choose

HOLDS = {"armed_forces": frozenset({"territorial_defence", "navy", "airborne"})}


def chosen(votes: dict[str, list[tuple[int, float]]], branches: list[Branch] | None = None) -> dict[str, Figure]:
    place = iter(range(1000))
    ballots = {
        m: Ballot([Vote(next(place), value, belief) for value, belief in received]) for m, received in votes.items()
    }
    return {figure.measure: figure for figure in choose(ballots, branches or [], HOLDS)}


def branch(code: str, value: int, item: int, nested: float = 0.0) -> Branch:
    return Branch(code, value, item, 0.9, nested)


def test_many_words_outweigh_one() -> None:
    figure = chosen({"released_total": [(189, 0.5), (150, 0.6), (189, 0.5)]})["released_total"]
    assert (figure.value, figure.belief, figure.items) == (189, 0.75, (0, 2))


def test_a_sum_that_closes_decides_between_totals() -> None:
    found = chosen({"released_total": [(205, 0.5), (185, 0.55)], "military": [(185, 0.6)], "civilians": [(20, 0.8)]})
    assert found["released_total"].value == 205
    assert found["released_total"].closes


def test_a_part_is_never_larger_than_the_whole() -> None:
    found = chosen({"released_total": [(49, 0.9)], "women": [(115, 0.6), (23, 0.3)]})
    assert found["women"].value == 23


def test_ranks_that_sum_to_an_exchange_and_those_outside_it_are_not_the_exchange_s() -> None:
    outside = {"released_total": [(246, 0.9)], "outside": [(31, 0.9)]}
    found = chosen({**outside, "officers": [(9, 0.9)], "privates_and_sergeants": [(268, 0.9)]})
    assert found.keys() == {"released_total", "outside"}
    found = chosen({**outside, "officers": [(9, 0.9)], "privates_and_sergeants": [(237, 0.9)]})
    assert (found["officers"].value, found["privates_and_sergeants"].value) == (9, 237)


def test_parts_without_their_sum_give_the_total() -> None:
    found = chosen({"military": [(150, 0.9)], "civilians": [(7, 0.8)]})
    assert (found["released_total"].value, found["released_total"].closes) == (157, True)


def test_a_number_that_ranks_make_up_leaves_out_the_civilians_reported_apart() -> None:
    ranks = {"officers": [(2, 0.9)], "privates_and_sergeants": [(183, 0.9)]}
    found = chosen({"released_total": [(185, 0.9)], "civilians": [(20, 0.9)], **ranks})
    assert (found["released_total"].value, found["military"].value, found["civilians"].value) == (205, 185, 20)
    with_them = chosen({"released_total": [(205, 0.9)], "civilians": [(20, 0.9)], **ranks})
    assert with_them["released_total"].value == 205
    assert "military" not in with_them
    assert chosen({"released_total": [(185, 0.9)], "civilians": [(20, 0.9)]})["released_total"].value == 185


def test_branches_that_make_up_a_number_leave_out_the_civilians_reported_apart() -> None:
    branches = [branch("armed_forces", 106, 0), branch("national_guard", 40, 1), branch("border_guard", 16, 2)]
    found = chosen({"released_total": [(162, 0.9)], "civilians": [(8, 0.9)]}, branches)
    assert found["released_total"].value == 170


def test_people_outside_the_exchange_are_no_part_of_its_total() -> None:
    found = chosen({"released_total": [(277, 0.7), (246, 0.4)], "outside": [(31, 0.8)]})
    assert found["released_total"].value == 246


def test_a_total_that_ranks_make_up_and_that_civilians_are_told_among_is_no_number_of_soldiers() -> None:
    ballots = {
        "released_total": Ballot([Vote(0, 90, 0.6)]), "civilians": Ballot([Vote(1, 2, 0.99)]),
        "officers": Ballot([Vote(2, 10, 0.9)]), "privates_and_sergeants": Ballot([Vote(3, 80, 0.9)]),
    }  # fmt: skip
    branches = [branch("navy", 40, 4), branch("national_guard", 50, 5)]
    found = {one.measure: one.value for one in choose(ballots, branches, HOLDS, {(90, 2)})}
    assert found["released_total"] == 90


def test_no_number_is_too_large() -> None:
    assert chosen({"released_total": [(3000, 0.9)]})["released_total"].value == 3000


def test_parts_that_sum_to_the_total_are_siblings() -> None:
    branches = [branch("armed_forces", 52, 0), branch("territorial_defence", 24, 1, 0.8), branch("navy", 24, 2)]
    assert divide(branches, 100, 0, HOLDS) == frozenset()


def test_what_must_lie_within_another_is_found_by_the_sum() -> None:
    branches = [branch("armed_forces", 87, 0), branch("territorial_defence", 17, 1), branch("national_guard", 43, 2)]
    assert divide(branches, 130, 0, HOLDS) == frozenset({1})
    assert divide(branches, 137, 7, HOLDS) == frozenset({1})  # with seven civilians
    assert divide(branches, 500, 0, HOLDS) == frozenset()  # no sum closes: the text decides


def test_two_equally_near_divisions_prove_nothing() -> None:
    branches = [branch("armed_forces", 50, 0), branch("navy", 10, 1), branch("airborne", 10, 2)]
    assert divide(branches, 60, 0, HOLDS) == frozenset()


def test_of_two_divisions_that_close_the_sum_the_clearly_likelier_one_counts() -> None:
    branches = [branch("armed_forces", 50, 0), branch("navy", 10, 1, 0.03), branch("airborne", 10, 2, 0.4)]
    assert divide(branches, 60, 0, HOLDS) == frozenset({2})


def test_parts_may_exceed_a_lower_bound_of_the_whole() -> None:
    def ranks(bound: str) -> set[str]:
        ballots = {
            "released_total": Ballot([Vote(0, 190, 0.9, bound)]),
            "officers": Ballot([Vote(1, 21, 0.9)]), "privates_and_sergeants": Ballot([Vote(2, 172, 0.8)]),
        }  # fmt: skip
        return {figure.measure for figure in choose(ballots, [], HOLDS)}

    assert ranks("at_least") == {"released_total", "officers", "privates_and_sergeants"}
    assert ranks("exact") == {"released_total", "officers"}


@pytest.mark.parametrize("bound", ["at_least", "about"])
def test_a_total_that_rounds_off_its_parts_is_not_the_number_of_soldiers(bound: str) -> None:
    """ "Over 200 people are home: 185 soldiers and 20 civilians"."""
    ballots = {
        "released_total": Ballot([Vote(0, 200, 0.95, bound)]),
        "military": Ballot([Vote(1, 185, 0.9)]),
        "civilians": Ballot([Vote(2, 20, 0.9)]),
    }
    found = {figure.measure: figure.value for figure in choose(ballots, [], HOLDS)}
    assert found == {"released_total": 200, "military": 185, "civilians": 20}


def test_two_groups_of_one_branch_are_added_where_the_sum_closes() -> None:
    branches = [branch("armed_forces", 100, 0), branch("navy", 24, 1), branch("navy", 12, 2), branch("police", 14, 3)]

    def navy(total: int) -> list[int]:
        figures = choose({"released_total": Ballot([Vote(9, total, 0.9)])}, branches, HOLDS)
        return [one.value for one in figures if one.category == "navy"]

    assert (navy(150), navy(160)) == ([36], [24, 12])


def test_the_parent_of_a_nested_branch_is_named() -> None:
    branches = [branch("armed_forces", 87, 0), branch("navy", 17, 1), branch("national_guard", 43, 2)]
    figures = choose({"released_total": Ballot([Vote(9, 130, 0.9)])}, branches, HOLDS)
    assert {(f.category, f.value, f.within) for f in figures if f.measure == "by_service"} == {
        ("armed_forces", 87, None), ("navy", 17, "armed_forces"), ("national_guard", 43, None),
    }  # fmt: skip
    assert all(figure.closes for figure in figures)
