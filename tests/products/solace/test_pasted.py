"""Reading pasted CLI output: by header letter, by label, aligned or squeezed."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.products.solace.conftest import Make

from handrail.products.solace import pasted, showing
from handrail.products.solace.meaning import Unread
from handrail.products.solace.situation import Situation
from handrail.readings import Failure

LETTERS = {"A": "UD", "C": "AS", "B": "UQD-", "R": "UD-", "Q": "UD-", "S": "YN-", "M": "YN", "T": "AS-"}
DOCUMENT = (
    "BOS_EventBroker# show message-vpn Trading_VPN replication Flags Legend: A - Admin State (U=Up, D=Down) "
    "T - Transaction Replication Mode (A=Async, S=Sync, -=N/A) Message VPN A C W B R Q S M T "
    "-------------------------------- - - - - - - - - - Trading_VPN U A N - U U - N A BOS_EventBroker#"
)


def value(row: pasted.Row, field: str) -> object:
    """A value, or the failure that stands for it."""
    told = row.fields[field]
    return told.failure if isinstance(told, Unread) else told


def test_the_documents_own_sample_is_read_with_its_unexplained_column() -> None:
    """Would catch flags read by position: with the W column every one after C would be another's."""
    row = pasted.replication(DOCUMENT)["Trading_VPN"]
    assert value(row, "replication-role") == "active"
    assert value(row, "remote-bridge-up") is True
    assert value(row, "queue-bound") is True
    assert value(row, "sync-eligible") is Failure.NOT_APPLICABLE, "the sample shows no Y: it is no go"
    assert value(row, "bridge-up") is Failure.NOT_APPLICABLE
    assert row.unknown == {"W": "N"}


@given(
    st.permutations(["A", "C", "W", "B", "R", "Q", "S", "M", "T"]),
    st.lists(
        st.tuples(st.from_regex(r"[A-Za-z][A-Za-z0-9_ .-]{0,28}[A-Za-z0-9]", fullmatch=True), st.randoms()),
        min_size=1,
        max_size=5,
        unique_by=lambda item: item[0],
    ),
    st.booleans(),
)
@example(list("ACWBRQSMT"), [("A0000000000 0", None)], True)
def test_any_order_of_columns_and_any_name_is_read(
    order: list[str], vpns: list[tuple[str, object]], squeezed: bool
) -> None:
    """Would catch a name with spaces, an order of columns, or a layout that moves a flag to another column."""
    table = [f"{'Message VPN':<32} {' '.join(order)}", f"{'-' * 32} {' '.join('-' * len(order))}"]
    given_flags: dict[str, dict[str, str]] = {}
    for index, (name, _) in enumerate(vpns):
        flags = {letter: options[index % len(options)] for letter, options in {**LETTERS, "W": "N"}.items()}
        given_flags[name] = flags
        table.append(f"{name:<32} {' '.join(flags[letter] for letter in order)}")
    if squeezed:
        table = [" ".join(line.split()) for line in table]
        given_flags = {" ".join(name.split()): flags for name, flags in given_flags.items()}
    found = pasted.replication("\n".join(["prompt# show", *table, "", "host#"]))
    assert set(found) == set(given_flags)
    for name, flags in given_flags.items():
        role = {"A": "active", "S": "standby"}[flags["C"]]
        eligible = {"Y": True, "N": False, "-": Failure.NOT_APPLICABLE}[flags["S"]]
        assert (value(found[name], "replication-role"), value(found[name], "sync-eligible")) == (
            role,
            eligible,
        )


def table(vpns: dict[str, str], order: str = "ACBRQSMT") -> list[str]:
    """A table as the CLI aligns it; the letters of each row in this order."""
    rule = f"{'-' * 32} {' '.join('-' * len(order))}"
    rows = [f"{name:<32} {' '.join(letters)}" for name, letters in vpns.items()]
    return ["Flags Legend:", "", f"{'Message VPN':<32} {' '.join(order)}", rule, *rows, "host#"]


@given(
    st.dictionaries(
        st.from_regex(r"[A-Za-z][A-Za-z0-9_ .-]{0,28}[A-Za-z0-9]|[A-Z]", fullmatch=True),
        st.sampled_from(["UA-UUYNA", "UA-DDNYA", "US----NA", "UA-UU-NA"]),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from([" ", "  "]),
)
def test_a_table_whose_line_ends_were_lost_is_read_as_it_was_or_a_row_is_missing(
    vpns: dict[str, str], end: str
) -> None:
    """Would catch a row that takes the flags of its neighbour: that would be a go for the wrong VPN."""
    try:
        found = pasted.replication(end.join(table(vpns)))
    except ValueError as problem:
        assert "cannot be told apart" in str(problem)  # noqa: PT017 - that or rows
        return
    for name in set(found) & set(vpns):
        letter = vpns[name][5]
        assert value(found[name], "sync-eligible") == {"Y": True, "N": False}.get(
            letter, Failure.NOT_APPLICABLE
        )
    letters = any(len(word) == 1 for name in vpns for word in name.split())
    assert set(vpns) <= set(found) or letters, "without single letters nothing is in doubt"


def test_three_hundred_rows_on_one_line_are_told_apart_by_their_columns() -> None:
    """A one-line answer keeps the blanks of the table; a name may be one letter, or end in one."""
    vpns = {
        **{f"app-{number:03}": "UA-UUYNA" for number in range(298)},
        "B": "UA-DDNNA",
        "Plan B": "UA-UUYNA",
    }
    found = pasted.replication(" ".join(table(vpns)))
    assert set(found) == set(vpns)
    assert [name for name in found if value(found[name], "sync-eligible") is not True] == ["B"]


def test_squeezed_rows_that_nobody_can_tell_apart_are_refused() -> None:
    """Would catch the B of a name read as the first flag."""
    squeezed = " ".join(" ".join(table({"Trading": "UA-UUYNA", "Plan B": "UA-DDNNA"})).split())
    with pytest.raises(ValueError, match="cannot be told apart; paste it line by line"):
        pasted.replication(squeezed)


@given(st.text(max_size=300))
def test_anything_else_is_refused_in_a_sentence(text: str) -> None:
    """Would catch an exception of another kind for what an operator may paste."""
    for parse in (pasted.replication, pasted.redundancy):
        with pytest.raises(ValueError, match=r"there is no line|no Message VPN|twice"):
            parse(text)


def test_a_letter_outside_the_legend_is_said_to_be_so() -> None:
    """Would catch an unknown letter that passes for the first of the legend."""
    row = pasted.replication("Message VPN A C\n--------- - -\nTrading_VPN X A")["Trading_VPN"]
    assert value(row, "replication-enabled") is Failure.MALFORMED


async def test_what_the_simulated_cli_prints_is_read_as_semp_tells_it(make: Make) -> None:
    """Would catch a table and an interface that speak of different things."""
    lab = make(vpns=[{"name": "Trading VPN"}, {"name": "default", "replicated": False}])
    for server in ("ny-1", "bos-1"):
        seen = Situation(lab.simulator.world, lab.simulator.world.brokers[server])
        printed = showing.show(seen, ["message-vpn", "*", "replication"])
        found = pasted.replication("\n".join(printed or []))
        assert set(found) == {"Trading VPN", "default"}
        assert pasted.replication(" ".join(printed or [])) == found, "pasted into a line"
        for field in found["Trading VPN"].fields:
            reading = await lab.one(server, field, "Trading VPN")
            expected = reading.failure if reading.value is None else reading.value
            assert value(found["Trading VPN"], field) == expected, field
        shown = pasted.redundancy("\n".join(showing.show(seen, ["redundancy"]) or []))
        for name, told in shown.items():
            if not isinstance(told, Unread):
                assert told == await lab.value(server, name), name


SAMPLE = """Configuration Status     : Enabled
Auto Revert              : No
Redundancy Mode          : Active/Active
Mate Router Name         : solaceBackup
ADB Link To Mate         : Up
ADB Hello To Mate        : Down

                               Primary Virtual Router  Backup Virtual Router
                               ----------------------  ----------------------
Activity Status                Local Inactive          Local Active
Message Spool Status           AD-NotReady             AD-Disabled
Priority Reported By Mate      Backup-Reconcile        Primary-Reconcile
"""


@pytest.mark.parametrize(
    "text", [SAMPLE, " ".join(SAMPLE.split()), SAMPLE.replace("AD-NotReady", "AD-Not Ready")]
)
def test_the_sample_of_a_broker_that_cannot_serve_is_no_go(text: str) -> None:
    """Would catch the backup's 'Local Active' read as the primary's."""
    told = pasted.redundancy(text)
    assert (told["primary-activity"], told["backup-activity"]) == ("Local Inactive", "Local Active")
    assert told["spool-status"] == "AD-NotReady"
    assert (told["mate-link-up"], told["mate-hello-up"], told["auto-revert"]) == (True, False, False)
    missing = told["redundancy-status"]
    assert isinstance(missing, Unread), "the document's sample lacks the line"
    assert "Redundancy Status" in missing.meaning
