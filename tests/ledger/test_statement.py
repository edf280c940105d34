"""Statements and outboxes: what a second person signs counts for one purpose, and harm in an outbox is told."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.ledger.conftest import Operator

from handrail.ledger import outbox, statement
from handrail.ledger.disk import PRIVATE, SHARED, RealDisk
from handrail.ledger.keys import MemoryKey
from handrail.ledger.statement import BadStatement, Kind, Statement, principal_of, read, request_hash, sign

RUN = "20260102T031400Z-artemis-x-ab12cd"
BOB = MemoryKey()
WITNESS = Statement(
    Kind.WITNESS, RUN, 1, "stop-slave", 1, 14, "a" * 64, request_hash(["stop broker-b"]), "broker-b", "bob",
    datetime(2026, 1, 2, 3, 20, tzinfo=UTC),
)  # fmt: skip
DISK = RealDisk()


def test_a_statement_is_read_as_it_was_signed() -> None:
    """Every field, and the key that signed it."""
    signed = sign(WITNESS, BOB)
    assert read(Kind.WITNESS, signed.data, signed.signature) == signed
    assert signed.statement == WITNESS


def test_every_changed_byte_is_refused() -> None:
    """A witness signs for one server, and nobody makes it another."""
    signed = sign(WITNESS, BOB)
    for at in range(len(signed.data)):
        changed = bytearray(signed.data)
        changed[at] ^= 1
        with pytest.raises(BadStatement):
            read(Kind.WITNESS, bytes(changed), signed.signature)


@pytest.mark.parametrize("kind", [Kind.ACCEPT, Kind.COUNTERSIGN])
def test_a_statement_for_one_purpose_is_none_for_another(kind: Kind) -> None:
    """Whoever witnesses a stop does not thereby take the walk."""
    signed = sign(WITNESS, BOB)
    with pytest.raises(BadStatement, match="signed for witness@handrail"):
        read(kind, signed.data, signed.signature)
    elsewhere = sign(replace(WITNESS, kind=kind), BOB)
    with pytest.raises(BadStatement):
        read(Kind.WITNESS, elsewhere.data, elsewhere.signature)


def test_the_request_is_named_with_its_rows() -> None:
    """A line moved from the request into the rows would otherwise hash the same."""
    assert request_hash(["a", "b"], ["c"]) != request_hash(["a"], ["b", "c"])
    assert len({request_hash(["a"]), request_hash(["a b"]), request_hash(["a", "b"])}) == 3


def test_only_whom_the_site_allows_for_this_purpose_has_a_name(operator: Operator, tmp_path: Path) -> None:
    """A key that may delegate is not therefore a witness's."""
    signed = sign(WITNESS, operator.signer())
    assert principal_of(signed, operator.allowed_signers) == "alice@site"
    assert principal_of(sign(WITNESS, BOB), operator.allowed_signers) is None
    assert principal_of(signed, None) is None
    narrow = tmp_path / "narrow"
    public = Path(f"{operator.key}.pub").read_text(encoding="utf-8")
    narrow.write_text(f'alice@site namespaces="delegate@handrail" {public}', encoding="utf-8")
    assert principal_of(signed, narrow) is None


def test_stock_ssh_keygen_reads_the_same(operator: Operator, tmp_path: Path) -> None:
    """The statement and its signature are two files that need no handrail."""
    signed = sign(WITNESS, operator.signer())
    (tmp_path / "s.sig").write_bytes(signed.signature)
    argv = ["ssh-keygen", "-Y", "verify", "-f", str(operator.allowed_signers), "-I", "alice@site"]
    argv += ["-n", "witness@handrail", "-s", str(tmp_path / "s.sig")]
    for data, status in ((signed.data, 0), (signed.data + b" ", 255)):
        assert subprocess.run(argv, input=data, capture_output=True, check=False).returncode == status


class TestOutbox:
    """Where statements wait, and what else may lie there."""

    def test_what_is_left_there_is_found_for_its_run_and_kind_alone(self, tmp_path: Path) -> None:
        """Another run's, and another kind, are none of ours."""
        left = outbox.put(DISK, tmp_path, PRIVATE, sign(WITNESS, BOB))
        outbox.put(DISK, tmp_path, PRIVATE, sign(replace(WITNESS, run=RUN[:-1] + "e"), BOB))
        outbox.put(DISK, tmp_path, PRIVATE, sign(replace(WITNESS, kind=Kind.ACCEPT), BOB))
        found = outbox.letters(DISK, tmp_path, Kind.WITNESS, RUN)
        assert ([one.statement for one in found.signed], found.problems) == ([WITNESS], ())
        outbox.take_back(DISK, left)
        assert outbox.letters(DISK, tmp_path, Kind.WITNESS, RUN).signed == ()

    def test_in_a_shared_ledger_only_its_owner_writes_an_outbox(self, tmp_path: Path) -> None:
        """The group reads; nobody puts words into another's outbox, or takes the outbox away."""
        left = outbox.put(DISK, tmp_path, SHARED, sign(WITNESS, BOB))
        assert left.stat().st_mode & 0o7777 == 0o640
        assert left.parent.stat().st_mode & 0o7777 == 0o2750
        assert left.parent.parent.stat().st_mode & 0o7777 == 0o3770
        assert left.parent.name == str(os.geteuid())

    def test_without_outboxes_nobody_has_signed(self, tmp_path: Path) -> None:
        """Not an error."""
        assert outbox.letters(DISK, tmp_path, Kind.WITNESS, RUN) == outbox.Found(())

    @pytest.mark.parametrize(
        "harm", ["no signature", "too large", "not TOML", "a link", "a pipe", "a field more"]
    )
    def test_harm_beside_a_good_statement_is_told_and_the_good_one_found(
        self, tmp_path: Path, harm: str
    ) -> None:
        """The control is the good one: it must be found in every case."""
        good = outbox.put(DISK, tmp_path, PRIVATE, sign(WITNESS, BOB))
        bad = good.with_name(good.name.replace(good.name[-13:-5], "00000000"))
        signed = sign(WITNESS, BOB)
        data = signed.data
        if harm == "too large":
            data = b"#" * (statement.SIZE_LIMIT + 1)
        if harm == "not TOML":
            data = b"\xff\x00"
        if harm == "a field more":
            data += b"extra = 1\n"
        if harm == "a link":
            bad.symlink_to("/etc/passwd")
        elif harm == "a pipe":
            os.mkfifo(bad)
        else:
            bad.write_bytes(data)
        if harm != "no signature":
            # Signed for exactly these bytes, so that what is in them is what refuses it.
            bad.with_name(bad.name + ".sig").write_bytes(BOB.sign(data, "witness@handrail"))
        found = outbox.letters(DISK, tmp_path, Kind.WITNESS, RUN)
        assert [one.statement for one in found.signed] == [WITNESS]
        assert len(found.problems) == (0 if harm in ("a link", "a pipe") else 1)
