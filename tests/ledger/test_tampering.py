"""Every way to change a sealed run: found, and named."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.ledger.memory_disk import copy_of

from handrail.ledger import names, seal, sshsig
from handrail.ledger.keys import MemoryKey
from handrail.ledger.verify import Verification, verify


def _files(run: Path) -> list[Path]:
    return sorted(path for path in (run / "watch-001").rglob("*") if path.is_file())


def _verdict(run: Path) -> Verification:
    return verify(run, None)


def test_the_untouched_copy_is_sealed(sealed_run: Path) -> None:
    """The control for everything below, full and by the seal alone."""
    for seal_only in (False, True):
        found = verify(sealed_run, None, seal_only=seal_only)
        assert (found.exit_status, found.findings) == (0, [])
        assert found.verdict == "SEALED, DRILL KEY, ANCHOR NOT CHECKED"
        assert found.records == 5


def test_a_changed_bit_in_any_byte_is_found(sealed_run: Path) -> None:
    """Every byte of every file, one bit each, the bit moving along; by the seal alone and some in full."""
    disk, run = copy_of(sealed_run), Path("/", sealed_run.name)
    tried = 0
    for path in _files(sealed_run):
        node = disk.node(run / "watch-001" / path.name)
        original = node.data
        for at in range(len(original)):
            changed = bytearray(original)
            changed[at] ^= 1 << (at % 8)
            node.data = bytes(changed)
            found = verify(run, None, seal_only=at % 17 != 0, disk=disk)
            assert found.exit_status == 4, f"{path.name} byte {at}"
            tried += 1
        node.data = original
    assert tried > 5000
    assert verify(run, None, disk=disk).exit_status == 0


def test_every_cut_of_any_file_is_found(sealed_run: Path) -> None:
    """Truncated to any length, down to nothing; of files alike in kind one at every length."""
    disk, run = copy_of(sealed_run), Path("/", sealed_run.name)
    closely = {"000002.toml", "000002.toml.sig", "run.signers", "SEAL.sig"}
    for path in _files(sealed_run):
        node = disk.node(run / "watch-001" / path.name)
        original = node.data
        for length in range(0, len(original), 1 if path.name in closely else 11):
            node.data = original[:length]
            found = verify(run, None, seal_only=True, disk=disk)
            assert found.exit_status == 4, f"{path.name} cut to {length}"
        node.data = original


def test_every_deleted_file_is_found_or_leaves_the_run_unsealed(sealed_run: Path) -> None:
    """Without its SEAL a run is UNSEALED at best, never SEALED."""
    for path in _files(sealed_run):
        original = path.read_bytes()
        path.unlink()
        found = _verdict(sealed_run)
        assert found.exit_status == (3 if path.name == names.SEAL else 4), path.name
        assert path.name == names.SEAL or any(
            path.name in one or "signature" in one for one in found.findings
        )
        path.write_bytes(original)


def test_every_swap_and_copy_of_two_files_is_found(sealed_run: Path) -> None:
    """Two records, two signatures, a file in the place of another."""
    files = _files(sealed_run)
    tried = 0
    for one, two in itertools.combinations(files, 2):
        first, second = one.read_bytes(), two.read_bytes()
        if first == second:
            continue
        for left, right in ((second, first), (second, second), (first, first)):
            one.write_bytes(left)
            two.write_bytes(right)
            assert verify(sealed_run, None, seal_only=True).exit_status == 4, f"{one.name} and {two.name}"
            tried += 1
        one.write_bytes(first)
        two.write_bytes(second)
    assert tried > 200


def _unsealed(run: Path) -> Path:
    """The run as if it had never been sealed: only chain and signatures protect it."""
    watch = run / "watch-001"
    (watch / "SEAL").unlink()
    (watch / "SEAL.sig").unlink()
    return watch


def _pairs(watch: Path) -> list[tuple[Path, Path]]:
    return [(path, path.with_name(path.name + ".sig")) for path in sorted(watch.glob("0*.toml"))]


def test_records_with_their_signatures_cannot_be_moved_repeated_or_dropped(sealed_run: Path) -> None:
    """Without a seal, and with signatures moved along, the chain finds each."""
    watch = _unsealed(sealed_run)
    assert _verdict(sealed_run).exit_status == 3
    pairs = [(record.read_bytes(), signature.read_bytes()) for record, signature in _pairs(watch)]

    def lay(order: list[int]) -> Verification:
        for record, signature in _pairs(watch):
            record.unlink()
            signature.unlink()
        for number, which in enumerate(order, start=1):
            (watch / names.record_name(number)).write_bytes(pairs[which][0])
            (watch / f"{names.record_name(number)}.sig").write_bytes(pairs[which][1])
        return _verdict(sealed_run)

    count = len(pairs)
    whole = list(range(count))
    changed = [whole[:at] + whole[at + 1 :] for at in range(count - 1)]
    changed += [[*whole[:at], at, *whole[at:]] for at in range(count)]
    for one, two in itertools.combinations(range(count), 2):
        swapped = whole.copy()
        swapped[one], swapped[two] = swapped[two], swapped[one]
        changed.append(swapped)
    for order in changed:
        assert lay(order).exit_status == 4, order
    assert lay(whole).exit_status == 3


def test_a_cut_end_is_unsealed_and_only_an_anchor_proves_it(sealed_run: Path) -> None:
    """What no file in the directory can tell, the outside copy does."""
    last = verify(sealed_run, None)
    head = _head(sealed_run, 5)
    assert last.exit_status == 0
    watch = _unsealed(sealed_run)
    for path in _pairs(watch)[-1]:
        path.unlink()
    assert _verdict(sealed_run).exit_status == 3
    assert verify(sealed_run, None, head).exit_status == 6
    assert verify(sealed_run, None, _head(sealed_run, 4)).verdict == "UNSEALED, DRILL KEY, ANCHOR MATCHES"


def _head(run: Path, number: int) -> bytes:
    watch = run / "watch-001"
    record = watch / names.record_name(number)
    digest = names.sha256(record.read_bytes(), (watch / f"{record.name}.sig").read_bytes())
    return f"Jan  2 03:14:00 jump1 handrail: handrail {run.name} 001 {number} {digest}\n".encode()


def test_a_record_of_another_run_is_found(sealed_run: Path, another_run: Path) -> None:
    """With its signature, in any place, with or without that run's delegation."""
    watch = _unsealed(sealed_run)
    for number in range(1, 6):
        name = names.record_name(number)
        before = {path: path.read_bytes() for path in (watch / name, watch / f"{name}.sig")}
        for path in before:
            shutil.copy(another_run / "watch-001" / path.name, path)
        assert _verdict(sealed_run).exit_status == 4
        for signers in ("run.signers", "run.signers.sig"):
            shutil.copy(
                another_run / "watch-001" / signers, watch / signers.replace("signers", "signers-3", 1)
            )
        assert _verdict(sealed_run).exit_status == 4
        for signers in ("run.signers-3", "run.signers-3.sig"):
            (watch / signers).unlink()
        for path, data in before.items():
            path.write_bytes(data)
    assert _verdict(sealed_run).exit_status == 3


def test_a_run_sealed_again_with_another_key_is_found(sealed_run: Path) -> None:
    """An edit followed by a new manifest and a new seal, as once fooled the journal's own sealing."""
    watch = sealed_run / "watch-001"
    (watch / "observations-001.toml").write_bytes(b"queue = 0\n")
    inside = {
        path.name: names.sha256(path.read_bytes()) for path in _files(sealed_run) if "SEAL" not in path.name
    }
    manifest = seal.write(inside)
    (watch / "SEAL").write_bytes(manifest)
    (watch / "SEAL.sig").write_bytes(MemoryKey().sign(manifest, names.SEAL_NAMESPACE))
    for seal_only in (False, True):
        found = verify(sealed_run, None, seal_only=seal_only)
        assert "SEAL is not signed by the key that signed the last record" in found.findings


def test_a_signature_made_for_another_purpose_is_found(sealed_run: Path) -> None:
    """The right key over the right bytes in the wrong namespace proves nothing."""
    watch = _unsealed(sealed_run)
    key = MemoryKey()
    record = watch / names.record_name(5)
    (watch / f"{record.name}.sig").write_bytes(key.sign(record.read_bytes(), names.SEAL_NAMESPACE))
    assert any("namespace 'seal@handrail'" in one for one in _verdict(sealed_run).findings)
    signed = sshsig.parse((watch / f"{record.name}.sig").read_bytes())
    assert signed.key == key.blob


def _strangers(watch: Path) -> Iterator[str]:
    def put(name: str) -> str:
        (watch / name).write_bytes(b"x")
        return name

    for name in (
        "note.txt",
        ".hidden",
        "000006.toml.sig",
        ".tmp-SEAL",
        "run.signers-9",
        "000009.toml",
        "SEAL.old",
    ):
        yield put(name)
        (watch / name).unlink()
    (watch / "link").symlink_to("/etc/hostname")
    yield "link"
    (watch / "link").unlink()
    (watch / "directory").mkdir()
    yield "directory"
    (watch / "directory").rmdir()
    os.mkfifo(watch / "pipe")
    yield "pipe"
    (watch / "pipe").unlink()


def test_whatever_was_added_to_a_sealed_watch_is_found_and_named(sealed_run: Path) -> None:
    """`sha256sum -c` passes over files that are not in the manifest; the verdict does not."""
    for seal_only in (False, True):
        for name in _strangers(sealed_run / "watch-001"):
            found = verify(sealed_run, None, seal_only=seal_only)
            assert found.exit_status == 4
            assert any(name in finding for finding in found.findings), name


def test_a_file_that_is_a_link_to_the_right_bytes_is_found(sealed_run: Path, tmp_path: Path) -> None:
    """What it points to can change after the verdict."""
    path = sealed_run / "watch-001" / names.record_name(2)
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    assert _verdict(sealed_run).exit_status == 4


def test_a_run_in_the_place_of_another_is_found(sealed_run: Path, another_run: Path) -> None:
    """Sealed and whole, but not the run its directory says."""
    shutil.rmtree(sealed_run)
    shutil.copytree(another_run, sealed_run)
    assert any("another run" in finding for finding in _verdict(sealed_run).findings)


@pytest.mark.parametrize("mode", ["live", "drill"])
def test_the_mode_cannot_be_rewritten(sealed_run: Path, mode: str) -> None:
    """A drill posing as live is no allowed signer's; what the delegation says is signed."""
    signers = sealed_run / "watch-001" / "run.signers"
    signers.write_text(signers.read_text().replace(" drill ", f" {mode} "))
    assert _verdict(sealed_run).exit_status == (0 if mode == "drill" else 4)
