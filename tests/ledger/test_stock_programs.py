"""The commands of docs/ledger.md, run as they stand there by stock programs, on whole and on spoilt runs."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.ledger.conftest import Operator, make_operator
from tests.ledger.walkthrough import event
from tests.stock_programs import stock_verdict

from handrail.ledger import names
from handrail.ledger.store import Ledger
from handrail.ledger.verify import verify


@pytest.fixture
def live_run(real_ledger: Ledger, operator: Operator) -> Path:
    """A sealed live run of two processes, with a file and something in quarantine."""
    files = {"procedure.toml": b"id = 'a/b'\n"}
    watch = real_ledger.open_run("live", "a/b", operator.signer(), "alice@site", "jump1", files, ["broker-a"])
    watch.append(event("one"), {"observations-001.toml": b"queue = 3\n"})
    watch.close()
    (watch.path / ".tmp-000003.toml").write_bytes(b"half a rec")
    watch, _ = real_ledger.resume(watch.path.parent, operator.signer())
    watch.append(event("two"))
    watch.seal()
    assert (watch.path / "quarantine").is_dir()
    return watch.path.parent


def test_stock_programs_and_handrail_call_a_fresh_run_good(live_run: Path, operator: Operator) -> None:
    """Also when it is copied elsewhere under another name."""
    copy = live_run.with_name("a copy")
    shutil.copytree(live_run, copy)
    for run in (live_run, copy):
        stock = stock_verdict(run, operator.allowed_signers)
        assert stock.returncode == 0, stock.stderr
        assert stock.stdout.splitlines()[-1].endswith("good")
        found = verify(run, operator.allowed_signers)
        assert found.verdict == "SEALED, ALLOWED SIGNER alice@site, ANCHOR NOT CHECKED"
        assert found.exit_status == 0


def _edit(run: Path) -> None:
    path = run / "watch-001" / names.record_name(2)
    path.write_text(path.read_text().replace("one", "two"))


def _swap(run: Path) -> None:
    one, two = (run / "watch-001" / names.record_name(number) for number in (2, 4))
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)


def _swap_pairs(run: Path) -> None:
    _swap(run)
    one, two = (run / "watch-001" / f"{names.record_name(number)}.sig" for number in (2, 4))
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)


def _drop(run: Path) -> None:
    (run / "watch-001" / names.record_name(4)).unlink()
    (run / "watch-001" / f"{names.record_name(4)}.sig").unlink()


def _drop_all(run: Path) -> None:
    for path in (run / "watch-001").glob("0*.toml*"):
        path.unlink()


def _add(run: Path) -> None:
    (run / "watch-001" / "extra").write_bytes(b"")


def _evidence(run: Path) -> None:
    (run / "watch-001" / "observations-001.toml").write_bytes(b"queue = 0\n")


def _unseal(run: Path) -> None:
    (run / "watch-001" / "SEAL").unlink()


def _armour(run: Path) -> None:
    path = run / "watch-001" / f"{names.record_name(2)}.sig"
    data = path.read_bytes()
    path.write_bytes(data[:101].replace(b"\n", b"\x0b") + data[101:])


def _delegation(run: Path) -> None:
    (run / "watch-001" / "run.signers-2.sig").write_bytes(
        (run / "watch-001" / "run.signers.sig").read_bytes()
    )


SPOILT: list[Callable[[Path], None]] = [
    _edit, _swap, _swap_pairs, _drop, _drop_all, _add, _evidence, _unseal, _armour, _delegation,
]  # fmt: skip


@pytest.mark.parametrize("spoil", SPOILT)
def test_stock_programs_refuse_a_spoilt_run(
    spoil: Callable[[Path], None], live_run: Path, operator: Operator
) -> None:
    """Each change makes the documented commands fail, and handrail with them."""
    spoil(live_run)
    assert stock_verdict(live_run, operator.allowed_signers).returncode != 0
    assert verify(live_run, operator.allowed_signers).exit_status == 4


def test_stock_programs_refuse_a_stranger(live_run: Path, tmp_path: Path) -> None:
    """A whole and sealed run by a key the site does not allow."""
    stranger = make_operator(tmp_path, "mallory")
    assert stock_verdict(live_run, stranger.allowed_signers).returncode != 0
    found = verify(live_run, stranger.allowed_signers)
    assert found.verdict == "SEALED, UNKNOWN SIGNER, ANCHOR NOT CHECKED"
    assert found.exit_status == 5


@pytest.mark.parametrize("kind", ["ecdsa", "rsa"])
def test_an_operator_key_of_another_type_does_as_well(kind: str, tmp_path: Path, real_ledger: Ledger) -> None:
    """Only the run key is always Ed25519; the operator's is checked by ssh-keygen."""
    other = make_operator(tmp_path, "bob", kind)
    watch = real_ledger.open_run("live", "a/b", other.signer(), "bob@site", "jump1", {})
    watch.seal()
    assert stock_verdict(watch.path.parent, other.allowed_signers).returncode == 0
    assert verify(watch.path.parent, other.allowed_signers).exit_status == 0
    signature = watch.path / "run.signers.sig"
    data = bytearray(signature.read_bytes())
    data[400 if kind == "rsa" else 200] ^= 1
    signature.write_bytes(data)
    assert verify(watch.path.parent, other.allowed_signers).exit_status == 4
