"""The verdict: its three words, its exit status, what it notes and what it says it did not check."""

from __future__ import annotations

import errno
import itertools
import os
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.ledger.conftest import Operator, make_operator
from tests.ledger.memory_disk import MemoryDisk, copy_of
from tests.ledger.walkthrough import OPERATOR_KEY, Told, event, open_run

from handrail.clock import DRILL_BOOT, ManualClock
from handrail.errors import KeyRefused, UsageError
from handrail.ledger import delegation, names
from handrail.ledger.directory import Directory
from handrail.ledger.disk import PRIVATE, RealDisk
from handrail.ledger.keys import MemoryKey
from handrail.ledger.reserve import Reserve
from handrail.ledger.store import Ledger
from handrail.ledger.verify import Anchored, Verification, Who, Whole, verify
from handrail.ledger.watch import Identity, Watch


def test_every_exit_status_follows_from_the_words() -> None:
    """All eighteen verdicts: the worst of them names the status."""
    for whole, who, anchored in itertools.product(Whole, Who, Anchored):
        found = Verification(Path("x"), whole=whole, who=who, anchored=anchored)
        expected = (
            4 if whole is Whole.BROKEN
            else 6 if anchored is Anchored.DIFFERS
            else 5 if who is Who.UNKNOWN
            else 3 if whole is Whole.UNSEALED
            else 0
        )  # fmt: skip
        assert found.exit_status == expected
        assert found.lines()[0].startswith(whole.value)


def test_what_is_no_run_is_a_question_asked_wrongly(tmp_path: Path) -> None:
    """Exit status 2 and what to name instead."""
    (tmp_path / "file").write_text("x")
    for path in (tmp_path, tmp_path / "none", tmp_path / "file"):
        with pytest.raises(UsageError) as refused:
            verify(path, None)
        assert refused.value.exit_status == 2


def test_who_may_not_read_a_file_is_told_so_and_not_that_it_is_broken(sealed_run: Path) -> None:
    """A verdict needs to see."""
    disk = copy_of(sealed_run)

    def refuse(count: int, name: str, path: Path | None) -> None:
        if name == "read" and path and path.name == "000003.toml":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    disk.before = refuse
    with pytest.raises(UsageError, match=r"000003\.toml cannot be read: Permission denied"):
        verify(Path("/", sealed_run.name), None, disk=disk)


def test_without_ssh_keygen_a_foreign_kind_of_key_is_unproved_and_not_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The records could be checked, the operator's signature over the run key could not."""
    bob = make_operator(tmp_path, "bob", "ecdsa")
    ledger = Ledger(tmp_path / "ledger", RealDisk(), ManualClock())
    with ledger.open_run("live", "a/b", bob.signer(), "bob@site", "jump1", {}) as watch:
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(KeyRefused) as refused:
            verify(watch.path.parent, bob.allowed_signers)
    assert refused.value.mend == "install openssh-client"


def test_one_watch_is_verified_like_a_run(sealed_run: Path) -> None:
    """And every line of the account is safe to show."""
    found = verify(sealed_run / "watch-001", None)
    assert (found.exit_status, found.run) == (0, sealed_run.name)
    assert all(line.isascii() and line.isprintable() for line in found.lines())
    assert any(line.startswith("  not checked: an outside copy") for line in found.lines())


def test_of_a_drills_clock_it_is_said_that_its_times_prove_nothing(tmp_path: Path) -> None:
    """Would catch a record of tomorrow taken for a wrong clock, or for the truth; of a host's clock nothing."""
    for boot, said in ((DRILL_BOOT, True), ("0-1", False)):
        ledger = Ledger(tmp_path / boot, RealDisk(), ManualClock(boot_id=boot))
        with ledger.open_run("drill", "a/b", MemoryKey(), "alice", "jump1", {}) as watch:
            watch.seal()
        notes = verify(watch.path.parent, None).notes
        assert any(note.startswith("times are of the drill's clock") for note in notes) is said


def test_the_anchor_matches_only_when_a_copy_with_this_run_was_shown(sealed_run: Path) -> None:
    """An empty copy, another run's, a wrong head, a right one."""
    watch = sealed_run / "watch-001"
    digest = names.sha256((watch / "SEAL").read_bytes(), (watch / "SEAL.sig").read_bytes())
    right = f"handrail {sealed_run.name} 001 SEAL {digest}\n"
    other = right.replace(sealed_run.name, "20200101T000000Z-a-b-000000")
    wrong = right.replace(digest, "0" * 64)
    beyond = right.replace("SEAL", "77")
    words = {
        "": "NOT CHECKED",
        other: "NOT CHECKED",
        right: "MATCHES",
        right + other: "MATCHES",
        right + wrong: "DIFFERS",
        wrong: "DIFFERS",
        right + beyond: "DIFFERS",
    }
    for copy, word in words.items():
        assert verify(sealed_run, None, copy.encode()).anchored == f"ANCHOR {word}", copy


def test_each_watch_says_what_the_anchor_says_of_it() -> None:
    """Would catch a match of one watch read as a match of all."""
    disk = MemoryDisk()
    first = open_run(disk, Told())
    first.seal()
    second = _next_watch(disk, first)
    right, later = f"{first.head()}\n", second.head()
    found = verify(first.path.parent, None, right.encode(), disk=disk)
    assert found.anchored is Anchored.MATCHES
    assert "the anchor matches watch-001, up to its seal" in found.notes
    assert "watch-002 by the anchor: the copy shown has no head of it" in found.not_checked
    wrong = str(later).replace(later.digest, "0" * 64)
    found = verify(first.path.parent, None, f"{right}{wrong}".encode(), disk=disk)
    assert found.anchored is Anchored.DIFFERS
    assert "the anchor matches watch-001, up to its seal" in found.notes
    assert "the anchor has record 1 of watch-002 otherwise" in found.notes
    beyond = replace(later, number="000009")
    found = verify(first.path.parent, None, f"{right}{beyond}".encode(), disk=disk)
    assert "the anchor has record 000009 of watch-002, which is not here" in found.notes


def test_a_later_watch_follows_the_seal_of_the_one_before() -> None:
    """Two watches are one run; without the first one's seal, or with another, it is broken."""
    disk = MemoryDisk()
    first = open_run(disk, Told())
    first.seal()
    run = first.path.parent
    second = _next_watch(disk, first)
    assert verify(run, None, disk=disk).whole is Whole.UNSEALED
    second.seal()
    found = verify(run, None, disk=disk)
    assert (found.whole, found.watches, found.findings) == (Whole.SEALED, 2, [])
    alone = verify(second.path, None, disk=disk)
    assert (alone.whole, alone.watches) == (Whole.SEALED, 1)
    assert "the watches before this one" in alone.not_checked
    seal = disk.node(first.path).names.pop("SEAL")
    findings = verify(run, None, disk=disk).findings
    assert "watch-001 is not sealed, and a later watch is there" in findings
    disk.node(first.path).names["SEAL"] = seal
    del disk.node(run).names["watch-001"]
    assert verify(run, None, disk=disk).exit_status == 4


def _next_watch(disk: MemoryDisk, before: Watch) -> Watch:
    """The second watch of a run, as the next operator's process writes it."""
    run = before.path.parent
    identity = Identity(before.identity.run, 2, "live", "bob", "jump2")
    key, path = MemoryKey(), run / "watch-002"
    disk.mkdir(path, 0o700)
    lock = disk.lock(path)
    assert lock is not None
    watch = Watch(
        disk=disk,
        clock=ManualClock(),
        modes=PRIVATE,
        identity=identity,
        directory=Directory(disk, path, 0o600),
        key=key,
        lock=lock,
        reserve=Reserve(disk, run / "watch-002.reserve", PRIVATE),
        hashes={},
        number=0,
        head=before.head().digest,
    )
    text, armoured = delegation.delegate(OPERATOR_KEY, identity.run, 2, "live", 1, key.blob)
    opened = {"kind": names.LEDGER_OPENED, "schema": 1, "mode": "live", "procedure": "a/b", "claims": []}
    watch.write(opened, {"run.signers": text, "run.signers.sig": armoured})
    return watch


def test_a_clock_that_was_set_is_a_note_and_no_failure(tmp_path: Path) -> None:
    """Back an hour, on two; order comes from the chain. A restart is told apart."""
    clock = ManualClock()
    ledger = Ledger(tmp_path / "ledger", RealDisk(), clock)
    watch = ledger.open_run("drill", "a/b", MemoryKey(), "alice", "jump1", {})
    for step in (0.0, -3600.0, 7200.0, 1.9):
        clock.advance(30)
        clock.step_wall(step)
        watch.append(event("one"))
    clock.boot_id, clock.boot = "another", 5
    watch.append(event("after the restart"))
    watch.seal()
    found = verify(watch.path.parent, None)
    assert found.exit_status == 0
    assert found.notes == [
        "000003.toml: CLOCK STEP of -3600.0 s since the record before",
        "000004.toml: CLOCK STEP of +7200.0 s since the record before",
        "000006.toml: the host was restarted since the record before",
    ]


def test_a_key_outside_its_validity_is_judged_as_of_the_record(tmp_path: Path, operator: Operator) -> None:
    """A leaver's runs stay verifiable, with a note; a run dated outside the window does not pass."""
    clock = ManualClock()
    ledger = Ledger(tmp_path / "ledger", RealDisk(), clock)
    watch = ledger.open_run("live", "a/b", operator.signer(), "alice@site", "jump1", {})
    watch.seal()
    line = operator.allowed_signers.read_text()
    site = tmp_path / "site"

    def allow(*days: float) -> None:
        since, until = (f"{(clock.wall() + timedelta(days=day)).astimezone():%Y%m%d%H%M%S}" for day in days)
        window = f'valid-after="{since}",valid-before="{until}"'
        site.write_text(line.replace("alice@site ", f"alice@site {window} ", 1))

    allow(-1, 1)
    found = verify(watch.path.parent, site)
    assert found.exit_status == 0
    assert any("only an anchor can prove" in note for note in found.notes)
    for window in ((1, 2), (-2, -1)):
        allow(*window)
        found = verify(watch.path.parent, site)
        assert found.exit_status == 5
        assert any("lists, but not for this purpose at 20" in note for note in found.notes)
    site.write_text("")
    assert any("does not allow" in note for note in verify(watch.path.parent, site).notes)


def test_the_signer_is_the_key_whatever_the_record_says(tmp_path: Path, operator: Operator) -> None:
    """Who claims to be somebody else is shown under the name the site gives the key."""
    ledger = Ledger(tmp_path / "ledger", RealDisk(), ManualClock())
    watch = ledger.open_run("live", "a/b", operator.signer(), "root", "jump1", {})
    watch.seal()
    found = verify(watch.path.parent, operator.allowed_signers)
    assert found.signers == ["alice@site"]
    assert "the records name root as operator" in found.notes
    unnamed = verify(watch.path.parent, None)
    assert (unnamed.who, unnamed.exit_status) == (Who.UNKNOWN, 5)
    assert "the signer: no allowed_signers file was named" in unnamed.not_checked
    missing = verify(watch.path.parent, tmp_path / "none")
    assert missing.exit_status == 5
    for other in ('alice@site namespaces="git" ', "bob@site,!alice@site "):
        site = tmp_path / "site"
        site.write_text(operator.allowed_signers.read_text().replace("alice@site ", other, 1))
        expected = 5 if "git" in other else 0
        assert verify(watch.path.parent, site).exit_status == expected


def test_a_run_of_one_thousand_records_is_verified_in_a_moment() -> None:
    """A tenth of ten thousand records: well under a tenth of five seconds alone, ten times that here."""
    disk = MemoryDisk()
    watch = open_run(disk, Told(), "drill")
    for number in range(1000):
        watch.append({**event("line"), "number": number, "lines": ["AMQ221007: Server is now active"]})
    watch.seal()
    started = time.perf_counter()
    assert verify(watch.path.parent, None, disk=disk).exit_status == 0
    assert time.perf_counter() - started < 5
