"""Retention: what may leave a ledger, what may not, and that its chain tells the one from a theft."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.ledger.conftest import Operator

from handrail import cli
from handrail.clock import ManualClock
from handrail.drill.rehearsal import QuickDisk
from handrail.errors import LedgerError
from handrail.ledger import archive, chain, names, right
from handrail.ledger.disk import PRIVATE
from handrail.ledger.keys import MemoryKey, Signer
from handrail.ledger.retention import Keeper, Kept, Removable, judge, remove, tell_exported
from handrail.ledger.store import Ledger

DISK, CLOCK, KEEPER = QuickDisk(), ManualClock(), Keeper("alice", "jump1")


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """An empty ledger."""
    return Ledger(tmp_path / "ledger", DISK, CLOCK)


def sealed(ledger: Ledger, mode: str = "drill", signer: Signer | None = None) -> Path:
    """A sealed run of three records."""
    CLOCK.advance(60)
    signer = signer or MemoryKey()
    with ledger.open_run("live" if mode == "live" else "drill", "a/b", signer, "alice", "jump1", {}) as watch:
        watch.append({"kind": "test", "schema": 1})
        watch.seal()
    return watch.path.parent


def exported(ledger: Ledger, run: Path, folder: Path) -> Path:
    """Its archive, told of in the chain."""
    target = folder / f"{run.name}.tar"
    digest = archive.write(run, target)
    tell_exported(DISK, ledger.root, CLOCK, run, digest, KEEPER)
    return target


def taken_out(ledger: Ledger, items: list[Removable], signer: Signer | None = None) -> None:
    """Remove them."""
    remove(DISK, ledger.root, CLOCK, items, signer, KEEPER)


def test_an_exported_run_goes_and_nobody_misses_it(ledger: Ledger, tmp_path: Path) -> None:
    """The other stays; the chain holds, names the archive, and takes up the next run."""
    gone, stays = sealed(ledger), sealed(ledger)
    copy = exported(ledger, gone, tmp_path)
    item = judge(DISK, gone, copy, ledger.check_chain())
    taken_out(ledger, [item])
    assert not gone.exists()
    assert [run.run for run in ledger.runs()] == [stays.name]
    told = ledger.check_chain()
    assert (told.findings, told.notes) == ([], [])
    assert told.removed[gone.name].head == archive.sha256_of(copy)
    assert told.removed[gone.name].operator == "alice"
    assert not [path for path in ledger.root.iterdir() if path.name.startswith(".removing")]
    sealed(ledger)
    assert ledger.check_chain().findings == []


def spoil_archive(run: Path, copy: Path) -> None:
    """A byte of the archive."""
    data = bytearray(copy.read_bytes())
    data[len(data) // 2] ^= 1
    copy.write_bytes(data)


def lose_archive(run: Path, copy: Path) -> None:
    """No archive is there."""
    copy.unlink()


def unseal(run: Path, copy: Path) -> None:
    """The seal was taken away."""
    (run / "watch-001" / "SEAL").unlink()


def edit(run: Path, copy: Path) -> None:
    """The run is not what was exported any more."""
    (run / "watch-001" / "000002.toml").write_text("x")


def countersign(run: Path, copy: Path) -> None:
    """Somebody signed for it after it was exported; the archive lacks that."""
    (run / "countersign-001-000002-0123abcd.toml").write_text("x")


@pytest.mark.parametrize(
    ("harm", "why"),
    [
        (countersign, "does not hold this run as it is"),
        (spoil_archive, "no archive the ledger's chain tells of"),
        (lose_archive, "cannot be read"),
        (unseal, "it is BROKEN"),
        (edit, "it is BROKEN"),
    ],
)
def test_what_is_not_safe_elsewhere_stays(
    harm: Callable[[Path, Path], None], why: str, ledger: Ledger, tmp_path: Path
) -> None:
    """Each with its reason; the control is the test above."""
    run = sealed(ledger)
    copy = exported(ledger, run, tmp_path)
    harm(run, copy)
    with pytest.raises(Kept, match=why):
        judge(DISK, run, copy, ledger.check_chain())


def test_an_open_run_and_one_never_exported_stay(ledger: Ledger, tmp_path: Path) -> None:
    """A held run has nothing to be exported, and another run's archive does not stand for it."""
    run, other = sealed(ledger), sealed(ledger)
    with pytest.raises(Kept, match="never exported"):
        judge(DISK, run, tmp_path / "none", ledger.check_chain())
    with ledger.open_run("drill", "a/b", MemoryKey(), "alice", "jump1", {}) as watch:
        pass
    copy = exported(ledger, other, tmp_path)
    tell_exported(DISK, ledger.root, CLOCK, watch.path.parent, archive.sha256_of(copy), KEEPER)
    tell_exported(DISK, ledger.root, CLOCK, run, archive.sha256_of(copy), KEEPER)
    with pytest.raises(Kept, match="it is UNSEALED"):
        judge(DISK, watch.path.parent, copy, ledger.check_chain())
    with pytest.raises(Kept, match="does not hold this run"):
        judge(DISK, run, copy, ledger.check_chain())


def test_a_live_run_goes_under_the_operators_key_alone(
    ledger: Ledger, tmp_path: Path, operator: Operator, capsys: pytest.CaptureFixture[str]
) -> None:
    """And the check of the ledger says whose key that was, or that the site does not know it."""
    run = sealed(ledger, "live", operator.signer())
    item = judge(DISK, run, exported(ledger, run, tmp_path), ledger.check_chain())
    with pytest.raises(LedgerError, match="operator's key"):
        taken_out(ledger, [item])
    assert run.exists()
    taken_out(ledger, [item], operator.signer())
    assert ledger.check_chain().findings == []
    (tmp_path / "nobody").write_text("")
    check = ["ledger", "check", "--ledger", str(ledger.root), "--allowed-signers"]
    assert cli.main([*check, str(operator.allowed_signers)]) == 0
    assert f"REMOVED   alice@site      {run.name}" in capsys.readouterr().out
    assert cli.main([*check, str(tmp_path / "nobody")]) == 5
    assert "REMOVED   UNKNOWN SIGNER" in capsys.readouterr().out


def test_a_removal_nobody_had_the_right_to_is_found(ledger: Ledger, operator: Operator) -> None:
    """A thief with the directory can write an entry; a key of his own, or one for drills, does not make it good."""
    run = sealed(ledger, "live", operator.signer())
    shutil.rmtree(run)
    entry = chain.Entry(chain.What.REMOVED, run.name, 0, "live", "alice", "jump1", "0" * 64)
    chain.append(DISK, ledger.root, PRIVATE, CLOCK, MemoryKey(), entry)
    found = ledger.check_chain()
    assert any(f"removes {run.name} and is signed by a key nobody delegated" in one for one in found.findings)
    assert f"run {run.name} is missing" in found.findings
    key = MemoryKey()
    given = right.give(MemoryKey(), "drill", key.blob)
    chain.append(DISK, ledger.root, PRIVATE, CLOCK, key, entry, given)
    found = ledger.check_chain()
    assert any("which a key for drills may not" in one for one in found.findings)
    assert f"run {run.name} is missing" in found.findings
    assert [one.run for one in ledger.runs()] == [run.name], "it is listed as missing"


def test_a_spoilt_right_is_named(ledger: Ledger, tmp_path: Path) -> None:
    """The delegation lies beside the chain's entry and is covered by a signature of its own."""
    run = sealed(ledger)
    taken_out(ledger, [judge(DISK, run, exported(ledger, run, tmp_path), ledger.check_chain())])
    [path] = (ledger.root / names.CHAIN).glob("*.signers")
    path.write_bytes(path.read_bytes().replace(b"drill", b"live"))
    assert any(path.name in finding for finding in ledger.check_chain().findings)


def test_what_a_removal_cut_off_left_half_gone_goes_with_the_next(ledger: Ledger, tmp_path: Path) -> None:
    """It has lost its name already, so nobody takes it for a run."""
    first, second = sealed(ledger), sealed(ledger)
    first.rename(ledger.root / f".removing-{first.name}")
    item = judge(DISK, second, exported(ledger, second, tmp_path), ledger.check_chain())
    taken_out(ledger, [item])
    assert not [path for path in ledger.root.iterdir() if path.name.startswith(".removing")]


def test_an_imported_copy_of_a_removed_run_verifies_and_says_so(
    ledger: Ledger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who needs it again takes it back from the archive."""
    run = sealed(ledger)
    copy = exported(ledger, run, tmp_path)
    taken_out(ledger, [judge(DISK, run, copy, ledger.check_chain())])
    assert cli.main(["import", str(copy), "--ledger", str(ledger.root)]) == 0
    assert cli.main(["verify", str(run)]) == 0
    assert "it was put back since" in capsys.readouterr().out
    assert ledger.check_chain().findings == []


def test_stock_programs_tell_who_removed_a_run(ledger: Ledger, tmp_path: Path, operator: Operator) -> None:
    """The two commands of the documentation, on the files as they lie there."""
    run = sealed(ledger, "live", operator.signer())
    item = judge(DISK, run, exported(ledger, run, tmp_path), ledger.check_chain())
    taken_out(ledger, [item], operator.signer())
    folder = ledger.root / names.CHAIN
    [signers] = folder.glob("*.signers")
    entry = signers.with_suffix(".toml")
    for site, who, purpose, path in (
        (str(operator.allowed_signers), "alice@site", "delegate@handrail", signers),
        (str(signers), "ledger", "ledger@handrail", entry),
    ):
        command = ["ssh-keygen", "-Y", "verify", "-f", site, "-I", who, "-n", purpose, "-s", f"{path}.sig"]
        subprocess.run(command, input=path.read_bytes(), check=True, capture_output=True)
