"""What a record can suffer: each found by `verify`, and named in words a reviewer understands."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from handrail.clock import ManualClock
from handrail.drill.rehearsal import QuickDisk
from handrail.ledger import delegation, names, seal
from handrail.ledger.keys import MemoryKey
from handrail.ledger.store import Ledger
from handrail.ledger.verify import verify

OPERATOR = MemoryKey()


@dataclass
class Victim:
    """A live run by two processes, six records, sealed; with the keys only its own processes ever had."""

    watch: Path
    other: Path
    """Another run of the same operator."""
    first: MemoryKey
    second: MemoryKey

    def bytes_of(self, number: int) -> bytes:
        """A record."""
        return (self.watch / names.record_name(number)).read_bytes()

    def write(self, number: int, data: bytes, signature: bytes) -> None:
        """A record and its signature, whatever was there."""
        path = self.watch / names.record_name(number)
        path.write_bytes(data)
        path.with_name(path.name + names.SIGNATURE).write_bytes(signature)

    def unseal(self) -> None:
        """The seal taken away, so that nothing but records and chain speaks."""
        for path in self.watch.glob("SEAL*"):
            path.unlink()

    def seal_again(self, key: MemoryKey) -> None:
        """A manifest of what lies there now, signed by this key."""
        self.unseal()
        manifest = seal.write({path.name: names.sha256(path.read_bytes()) for path in self.watch.iterdir()})
        (self.watch / names.SEAL).write_bytes(manifest)
        (self.watch / "SEAL.sig").write_bytes(key.sign(manifest, names.SEAL_NAMESPACE))


class _Immortal(MemoryKey):
    """A key as an attacker would have it who had read the process's memory."""

    def destroy(self) -> None:
        """Not."""


@pytest.fixture
def victim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Victim:
    """Made outside any ledger's reach: the chain of the ledger has tests of its own."""
    from handrail.ledger import store

    monkeypatch.setattr(store, "MemoryKey", _Immortal)
    clock = ManualClock()
    ledger = Ledger(tmp_path / "ledger", QuickDisk(), clock)

    def walked(word: str) -> tuple[Path, MemoryKey, MemoryKey]:
        watch = ledger.open_run("live", "a/b", OPERATOR, "alice", "jump1", {})
        first = watch.key
        for number in (2, 3):
            clock.advance(10)
            watch.append({"kind": "test", "schema": 1, "word": f"{word} {number}"})
        watch.close()
        watch, _ = ledger.resume(watch.path.parent, OPERATOR)
        clock.advance(10)
        watch.append({"kind": "test", "schema": 1, "word": f"{word} 5"})
        watch.append({"kind": "test", "schema": 1, "word": f"{word} 6"})
        watch.seal()
        return watch.path, first, watch.key

    other, _, _ = walked("other")
    path, first, second = walked("as it was")
    run = Path(shutil.copytree(path.parent, tmp_path / path.parent.name))
    return Victim(run / path.name, other, first, second)


def edited(one: Victim) -> None:
    """A word in it."""
    path = one.watch / "000003.toml"
    path.write_bytes(one.bytes_of(3).replace(b"as it was", b"as it is!"))


def deleted(one: Victim) -> None:
    """With its signature, and the seal made to fit by nobody."""
    for path in one.watch.glob("000003.toml*"):
        path.unlink()


def swapped(one: Victim) -> None:
    """Two of one process, each with its signature."""
    for name in ("", ".sig"):
        two, three = one.watch / f"000002.toml{name}", one.watch / f"000003.toml{name}"
        first, second = two.read_bytes(), three.read_bytes()
        two.write_bytes(second)
        three.write_bytes(first)


def inserted(one: Victim) -> None:
    """A record signed by a key of the attacker's at the end of an unsealed run."""
    one.unseal()
    data = one.bytes_of(6).replace(b"number = 6", b"number = 7")
    one.write(7, data, MemoryKey().sign(data, names.RECORD_NAMESPACE))


def cut_at_the_end(one: Victim) -> None:
    """The last record; its seal still there."""
    for path in one.watch.glob("000006.toml*"):
        path.unlink()


def from_another_run(one: Victim) -> None:
    """With its own good signature."""
    for name in ("000003.toml", "000003.toml.sig"):
        shutil.copy(one.other / name, one.watch / name)


def signed_again_by_a_newer_key(one: Victim) -> None:
    """As the sealing of a system's journal was once fooled: an old entry under the key of a later time."""
    data = one.bytes_of(3).replace(b"as it was", b"as it is!")
    one.write(3, data, one.second.sign(data, names.RECORD_NAMESPACE))
    one.seal_again(one.second)


def sealed_again_by_a_stranger(one: Victim) -> None:
    """Who delegated a key to himself."""
    key = MemoryKey()
    run = one.watch.parent.name
    text, armoured = delegation.delegate(MemoryKey(), run, 1, "live", 3, key.blob)
    (one.watch / "run.signers-3").write_bytes(text)
    (one.watch / "run.signers-3.sig").write_bytes(armoured)
    one.seal_again(key)


def signed_for_another_namespace(one: Victim) -> None:
    """By the right key, over the right bytes."""
    one.unseal()
    one.write(6, one.bytes_of(6), one.second.sign(one.bytes_of(6), names.SEAL_NAMESPACE))


def signed_by_a_key_that_had_ended(one: Victim) -> None:
    """The first process's key, after the second had begun."""
    one.unseal()
    one.write(6, one.bytes_of(6), one.first.sign(one.bytes_of(6), names.RECORD_NAMESPACE))


NAMED: dict[Callable[[Victim], None], str] = {
    edited: "000003.toml: its signature",
    deleted: "000003.toml is missing",
    swapped: "000002.toml says it is record 3",
    inserted: "000007.toml is signed by SHA256:",
    cut_at_the_end: "000006.toml is in SEAL and missing",
    from_another_run: "000003.toml is signed by SHA256:",
    signed_again_by_a_newer_key: "000003.toml is the first of process 2 and does not name run.signers-2",
    sealed_again_by_a_stranger: "the delegations are by more than one operator key",
    signed_for_another_namespace: "000006.toml: its signature: made for namespace 'seal@handrail'",
    signed_by_a_key_that_had_ended: "000006.toml is signed by the key of process 1, which had ended",
}


def test_the_untouched_run_has_no_finding(victim: Victim) -> None:
    """The control, also for the sealing done here."""
    assert verify(victim.watch.parent, None).findings == []
    victim.seal_again(victim.second)
    assert verify(victim.watch.parent, None).findings == []


@pytest.mark.parametrize("attack", NAMED, ids=lambda attack: attack.__name__)
def test_each_attack_is_found_and_named(attack: Callable[[Victim], None], victim: Victim) -> None:
    """Four, and a sentence that says what was done to which file."""
    attack(victim)
    found = verify(victim.watch.parent, None)
    assert found.exit_status == 4
    assert any(NAMED[attack] in finding for finding in found.findings), found.findings
