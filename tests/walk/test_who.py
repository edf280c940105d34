"""People of one account: where two keys have one name, both are told apart; else the name is enough."""

from __future__ import annotations

from handrail.walk import events as e
from handrail.walk.plan import Plan
from handrail.walk.state import fold
from handrail.walk.who import called, shared_names, short

ONE, OTHER = "SHA256:AbCdEfGhIj", "SHA256:ZyXwVuTsRq"


def test_a_name_with_two_keys_has_the_beginning_of_the_key_beside_it() -> None:
    """Would catch two people of a shared account who look the same."""
    shared = shared_names([("root", ONE), ("root", OTHER), ("ana", ONE)])
    assert (called("root", ONE, shared), called("root", OTHER, shared)) == ("root (AbCdEf)", "root (ZyXwVu)")
    assert called("ana", ONE, shared) == "ana"


def test_one_person_who_walks_twice_is_only_a_name() -> None:
    """And drills, whose keys are thrown away, share no name."""
    assert shared_names([("root", ONE), ("root", ONE), ("ana", "drill:ana"), ("ana", "")]) == frozenset()
    assert short("drill:ana") == ""


def test_who_goes_on_under_the_same_account_is_told_from_who_began(plan: Plan, opened: e.Opened) -> None:
    """In the heading, the brief and beside each step: all of them show this."""
    began = opened.model_copy(update={"operator": "root", "principal": ONE})
    took = e.TookOver(operator="root", principal=OTHER, how="take-over", reason="died", away_s=1)
    assert fold(plan, [began]).who == "root"
    assert fold(plan, [began, took]).who == "root (ZyXwVu)"
    back = e.TookOver(operator="root", principal=ONE, how="take-over", reason="back", away_s=1)
    assert fold(plan, [began, took, back]).who == "root (AbCdEf)"
