"""A run as an archive: it verifies elsewhere, and one made to do harm leaves nothing behind."""

from __future__ import annotations

import gzip
import os
import shutil
import stat
import subprocess
import tarfile
import tracemalloc
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from tests.ledger.conftest import make_operator

from handrail import cli
from handrail.clock import ManualClock
from handrail.ledger import archive, countersigning
from handrail.ledger.archive import BadArchive
from handrail.ledger.disk import PRIVATE, SHARED, Modes, RealDisk
from handrail.ledger.sshsig import fingerprint
from handrail.ledger.statement import Kind, Statement, request_hash, sign
from handrail.ledger.store import Ledger
from handrail.ledger.verify import Whole, verify

RUN = "20260102T031400Z-artemis-full-restart-ab12cd"


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A drill of a few records, and its archive."""
    from tests.review.conftest import walk

    folder = tmp_path_factory.mktemp("archive")
    walked = walk(folder / "ledger")
    target = folder / "run.tar"
    archive.write(walked.path, target)
    return walked.path, target


def script(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What the exported script says."""
    environment = {"PATH": "/usr/bin:/bin"}
    return subprocess.run(
        ["sh", str(folder / "verify.sh"), *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=environment,
    )


def unpacked(target: Path, folder: Path) -> Path:
    """As an auditor does, with tar."""
    folder.mkdir()
    subprocess.run(["tar", "-xf", str(target), "-C", str(folder)], check=True)
    return folder


def test_a_run_cut_off_after_a_handover_is_not_sealed_by_the_script_and_not_imported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Packed anew by somebody who left out the later watches; the seal of the first one still holds."""
    from tests.ledger.test_succession import handed_over

    run = handed_over(Ledger(tmp_path / "ledger", RealDisk(), ManualClock()))
    archive.write(run, tmp_path / "run.tar")
    found = script(unpacked(tmp_path / "run.tar", tmp_path / "out"))
    assert found.returncode == 3
    assert "UNSEALED" in found.stdout.splitlines()[-1]
    assert "watch-001 was handed over, and no later watch is here" in found.stdout
    other = tmp_path / "other"
    assert cli.main(["import", str(tmp_path / "run.tar"), "--ledger", str(other)]) != 0
    assert "watch-001 was handed over to bob, and no later watch is here" in capsys.readouterr().err
    assert not (other / run.name).exists()


@pytest.mark.parametrize("how", ["handed over", "taken over", "records added to what was taken over"])
def test_the_script_verifies_a_run_of_two_watches(tmp_path: Path, how: str) -> None:
    """A watch without a seal is proved by the next one, and only as long as nothing is added to it."""
    from tests.ledger.test_succession import ALICE, BOB, alices, handed_over

    ledger = Ledger(tmp_path / "ledger", RealDisk(), ManualClock())
    if how == "handed over":
        run = handed_over(ledger)
    else:
        left = alices(ledger)
        left.close()
        run = left.path.parent
    late = ledger.resume(run, ALICE)[0] if "added" in how else None
    if late is not None:
        # As a process on another host that nobody could see: it writes on after it was taken over.
        late.close()
        spare = tmp_path / "spare"
        shutil.copytree(run, spare)
        (run / "watch-001" / "000003.toml").unlink()
        (run / "watch-001" / "000003.toml.sig").unlink()
        for name in ("run.signers-2", "run.signers-2.sig"):
            (run / "watch-001" / name).unlink()
    ledger.resume(run, BOB, "bob", "jump1", take_over="" if how == "handed over" else "gone")[0].seal()
    if late is not None:
        for path in (spare / "watch-001").iterdir():
            shutil.copy(path, run / "watch-001" / path.name)
    archive.write(run, tmp_path / "run.tar")
    found = script(unpacked(tmp_path / "run.tar", tmp_path / "out"))
    assert found.returncode == (4 if late is not None else 0), found.stdout + found.stderr
    assert (verify(run, None).whole is Whole.BROKEN) == (late is not None)


def test_the_script_verifies_what_was_exported(exported: tuple[Path, Path], tmp_path: Path) -> None:
    """Without handrail: ssh-keygen, sha256sum and a shell."""
    found = script(unpacked(exported[1], tmp_path / "out"))
    assert found.returncode == 0, found.stdout + found.stderr
    assert "records, each signed and chained" in found.stdout
    counts = verify(exported[0], None)
    said = f"1 watch, {counts.records} records, {counts.files} files"
    assert found.stdout.splitlines()[-1] == f"SEALED, DRILL KEY, ANCHOR NOT CHECKED: {said}"
    assert "not checked: an outside copy of the heads, so the newest records may be cut off" in found.stdout


def test_the_script_says_whose_it_did_not_check(tmp_path: Path) -> None:
    """A live run without the site's file is sealed by somebody, and no more."""
    alice = make_operator(tmp_path)
    ledger = Ledger(tmp_path / "ledger", RealDisk(), ManualClock())
    with ledger.open_run("live", "a/b", alice.signer(), "alice", "jump1", {}) as watch:
        watch.seal()
    archive.write(watch.path.parent, tmp_path / "run.tar")
    folder = unpacked(tmp_path / "run.tar", tmp_path / "out")
    found = script(folder)
    assert (found.returncode, found.stderr) == (0, "")
    assert found.stdout.splitlines()[-1].startswith("SEALED, SIGNER NOT CHECKED, ANCHOR NOT CHECKED: 1 watch")
    assert "not checked: the signer; name the site's file" in found.stdout
    found = script(folder, str(alice.allowed_signers))
    assert found.stdout.splitlines()[-1].startswith("SEALED, ALLOWED SIGNER alice@site, ANCHOR NOT CHECKED: ")


@pytest.mark.parametrize(
    ("by", "word"),
    [("", ", UNWITNESSED"), ("bob", ""), ("alice", ", UNWITNESSED"), ("eve", ", UNWITNESSED")],
)
def test_the_script_says_unwitnessed_until_somebody_else_has_countersigned(
    tmp_path: Path, by: str, word: str
) -> None:
    """Nobody, somebody the site knows, who walked themselves, and a stranger; as `handrail verify` says it."""
    people = {name: make_operator(tmp_path, name) for name in ("alice", "bob", "eve")}
    site = tmp_path / "site"
    site.write_text("".join(people[name].allowed_signers.read_text() for name in ("alice", "bob")))
    ledger = Ledger(tmp_path / "ledger", RealDisk(), ManualClock())
    with ledger.open_run("live", "a/b", people["alice"].signer(), "alice", "jump1", {}) as watch:
        step = {"kind": "overrode", "schema": 1, "step": "kill", "attempt": 1, "what": "hold-point"}
        watch.append(step)
        head = watch.head()
        watch.seal()
    run = watch.path.parent
    if by:
        stated = Statement(
            Kind.COUNTERSIGN, run.name, 1, "kill", 1, 2, head.digest, request_hash(()), "a2", by,
            ManualClock().wall(),
        )  # fmt: skip
        countersigning.put(RealDisk(), run, PRIVATE, sign(stated, people[by].signer()))
    archive.write(run, tmp_path / "run.tar")
    found = script(unpacked(tmp_path / "run.tar", tmp_path / "out"), str(site))
    verdict = f"SEALED, ALLOWED SIGNER alice@site, ANCHOR NOT CHECKED{word}"
    assert found.stdout.splitlines()[-1].partition(":")[0] == verdict
    assert verify(run, site).verdict == verdict


def test_the_script_names_a_witness_who_sent(tmp_path: Path) -> None:
    """One person where the step asks for two: as far as a shell can see, by the key."""
    alice = make_operator(tmp_path)
    ledger = Ledger(tmp_path / "ledger", RealDisk(), ManualClock())
    with ledger.open_run("live", "a/b", alice.signer(), "alice", "jump1", {}) as watch:
        key = fingerprint(alice.signer().blob)
        act = {"schema": 1, "step": "kill", "attempt": 1}
        watch.append({"kind": "witnessed", "principal": "alice@site", "key": key, **act})
        watch.append({"kind": "intended", **act})
        watch.seal()
    archive.write(watch.path.parent, tmp_path / "run.tar")
    found = script(unpacked(tmp_path / "run.tar", tmp_path / "out"), str(alice.allowed_signers))
    assert ", UNWITNESSED: " in found.stdout.splitlines()[-1]


def unseal(watch: Path) -> None:
    """Take the seal away."""
    for path in watch.glob("SEAL*"):
        path.unlink()


Spoil = Callable[[Path], object]
SPOILT: dict[str, tuple[Spoil, int]] = {
    "edited": (lambda watch: (watch / "000005.toml").write_text("x"), 4),
    "deleted": (lambda watch: (watch / "000005.toml").unlink(), 4),
    "extra": (lambda watch: (watch / "000000.txt").write_text("x"), 4),
    "swapped": (
        lambda watch: [
            (watch / "000005.toml").rename(watch / "t"),
            (watch / "000006.toml").rename(watch / "000005.toml"),
            (watch / "t").rename(watch / "000006.toml"),
        ],
        4,
    ),
    "observation": (lambda watch: next(watch.glob("observations-*")).write_text("x"), 4),
    "unsealed": (lambda watch: unseal(watch), 3),
    "renamed": (lambda watch: watch.parent.rename(watch.parent.with_name(RUN)), 4),
}


@pytest.mark.parametrize("spoil", SPOILT)
def test_the_script_finds_what_was_done_to_it(
    exported: tuple[Path, Path], tmp_path: Path, spoil: str
) -> None:
    """A script that always says good would be worse than none."""
    folder = unpacked(exported[1], tmp_path / "out")
    do, status = SPOILT[spoil]
    do(folder / exported[0].name / "watch-001")
    found = script(folder)
    assert found.returncode == status, found.stdout + found.stderr


def test_the_script_refuses_a_signer_the_site_does_not_allow(
    exported: tuple[Path, Path], tmp_path: Path
) -> None:
    """And says 2 where there is nothing."""
    site = tmp_path / "allowed"
    site.write_text("", encoding="utf-8")
    assert script(unpacked(exported[1], tmp_path / "out"), str(site)).returncode == 5
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "verify.sh").write_bytes((tmp_path / "out" / "verify.sh").read_bytes())
    assert script(tmp_path / "empty").returncode == 2


def test_an_archive_is_verified_and_imported(
    exported: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It stands in the other ledger and verifies there; a second time it is refused."""
    ledger = ["--ledger", str(tmp_path / "other")]
    assert cli.main(["verify", str(exported[1])]) == 0
    assert capsys.readouterr().out.startswith("SEALED, DRILL KEY")
    assert cli.main(["import", str(exported[1]), *ledger]) == 0
    there = tmp_path / "other" / exported[0].name
    assert cli.main(["verify", str(there)]) == 0
    assert cli.main(["import", str(exported[1]), *ledger]) == 2
    assert "already" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "other").iterdir()] == [exported[0].name]


def made(path: Path, *entries: tarfile.TarInfo) -> Path:
    """An archive of these entries, each with as many zeros as it says."""
    with tarfile.open(path, "w") as file:
        for entry in entries:
            file.addfile(entry, BytesIO(b"0" * entry.size) if entry.isreg() else None)
    return path


def entry(name: str, kind: bytes = tarfile.REGTYPE, size: int = 1, to: str = "") -> tarfile.TarInfo:
    """One entry."""
    found = tarfile.TarInfo(name)
    found.type, found.size, found.linkname = kind, size if kind == tarfile.REGTYPE else 0, to
    return found


@pytest.mark.parametrize(
    "harm",
    [
        entry("../outside"),
        entry("/etc/passwd"),
        entry(f"{RUN}/../../outside"),
        entry(f"{RUN}/watch-001/../../../x"),
        entry(f"{RUN}/watch-001/000001.toml", tarfile.SYMTYPE, to="/etc/passwd"),
        entry(f"{RUN}/watch-001/000001.toml", tarfile.LNKTYPE, to="/etc/passwd"),
        entry(f"{RUN}/watch-001/000001.toml", tarfile.CHRTYPE),
        entry(f"{RUN}/watch-001/000001.toml", tarfile.FIFOTYPE),
        entry(f"{RUN}/elsewhere/000001.toml"),
        entry(f"{RUN}/watch-001/a/b/c"),
        entry(f"{RUN}/watch-001/.hidden"),
        entry(f"{RUN}/watch-001/\x1b]0;x"),
        entry("readme"),
    ],
    ids=lambda item: f"{item.type!r} {item.name}",
)
def test_an_archive_made_to_do_harm_is_refused(tmp_path: Path, harm: tarfile.TarInfo) -> None:
    """Nothing is written outside, and nothing but files."""
    source = made(tmp_path / "bad.tar", harm)
    folder = tmp_path / "deep" / "folder"
    folder.mkdir(parents=True)
    with pytest.raises(BadArchive):
        archive.take_out(source, folder)
    assert list(folder.rglob("*")) == []
    assert not (tmp_path / "outside").exists()
    assert not (tmp_path / "deep" / "outside").exists()


def test_the_same_entry_twice_two_runs_and_no_archive_are_refused(tmp_path: Path) -> None:
    """The second would replace what was verified."""
    name = f"{RUN}/watch-001/000001.toml"
    for number, source in enumerate(
        (
            made(tmp_path / "twice.tar", entry(name), entry(name)),
            made(tmp_path / "two.tar", entry(name), entry(name.replace("ab12cd", "ab12ce"))),
            made(tmp_path / "none.tar"),
        )
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        with pytest.raises(BadArchive):
            archive.take_out(source, folder)
    (tmp_path / "x").write_bytes(b"no archive")
    with pytest.raises(BadArchive):
        archive.take_out(tmp_path / "x", tmp_path)


def test_too_many_entries_and_too_much_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limits themselves are a hundred thousand and 2 GiB."""
    monkeypatch.setattr(archive, "ENTRIES_LIMIT", 3)
    many = [entry(f"{RUN}/watch-001/{number:06d}.toml") for number in range(1, 6)]
    with pytest.raises(BadArchive, match="more than 3 entries"):
        archive.take_out(made(tmp_path / "many.tar", *many), tmp_path)
    monkeypatch.setattr(archive, "SIZE_LIMIT", 10)
    with pytest.raises(BadArchive, match="holds more than"):
        archive.take_out(
            made(tmp_path / "large.tar", entry(f"{RUN}/watch-001/000001.toml", size=100)), tmp_path
        )


def headers(path: Path, *blocks: tuple[bytes, int]) -> Path:
    """A compressed archive of these bytes, each so many times: what no program would write."""
    with gzip.open(path, "wb", compresslevel=1) as file:
        for block, times in blocks:
            for _ in range(0, times, 1000):
                file.write(block * 1000)
    return path


def test_a_million_entries_are_refused(tmp_path: Path) -> None:
    """In a file of a few hundred kilobytes; nothing is written."""
    folder = entry(f"{RUN}/watch-001", tarfile.DIRTYPE).tobuf()
    source = headers(tmp_path / "many.tar.gz", (folder, 1_000_000))
    assert source.stat().st_size < 8 << 20
    (tmp_path / "out").mkdir()
    with pytest.raises(BadArchive, match="more than 100000 entries"):
        archive.take_out(source, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_entries_are_not_kept_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that keeps each would need a kilobyte for it."""
    monkeypatch.setattr(archive, "ENTRIES_LIMIT", 30_000)
    folder = entry(f"{RUN}/watch-001", tarfile.DIRTYPE).tobuf()
    source = headers(tmp_path / "many.tar.gz", (folder, 40_000))
    tracemalloc.start()
    try:
        with pytest.raises(BadArchive, match="more than 30000 entries"):
            archive.take_out(source, tmp_path)
        assert tracemalloc.get_traced_memory()[1] < 12 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME])
def test_a_header_as_large_as_the_memory_is_refused_unread(kind: bytes, tmp_path: Path) -> None:
    """Such headers are read whole before anybody sees an entry."""
    found = entry("x", tarfile.REGTYPE, size=1 << 33)
    found.type = kind
    source = headers(tmp_path / "bad.tar.gz", (found.tobuf(tarfile.GNU_FORMAT), 1), (b"0" * 512, 1000))
    with pytest.raises(BadArchive, match="header"):
        archive.take_out(source, tmp_path)


def test_headers_upon_headers_without_end_are_refused(tmp_path: Path) -> None:
    """Each long name is read by the next; a thousand of them would end the program."""
    found = entry("x", tarfile.REGTYPE, size=100)
    found.type = tarfile.GNUTYPE_LONGNAME
    source = headers(tmp_path / "bad.tar.gz", (found.tobuf(tarfile.GNU_FORMAT) + b"a" * 512, 5000))
    with pytest.raises(BadArchive):
        archive.take_out(source, tmp_path)


def test_an_archive_cut_off_or_spoilt_in_its_compression_is_never_a_sealed_run(
    exported: tuple[Path, Path], tmp_path: Path
) -> None:
    """Refused, or what came out of it is found broken; never a traceback."""
    whole = gzip.compress(exported[1].read_bytes(), compresslevel=1)
    spoilt = bytearray(whole)
    spoilt[len(spoilt) // 2] ^= 0xFF
    for number, data in enumerate((whole[: len(whole) // 2], whole[: len(whole) // 3], bytes(spoilt))):
        source, folder = tmp_path / f"{number}.tar.gz", tmp_path / str(number)
        source.write_bytes(data)
        folder.mkdir()
        try:
            run = archive.take_out(source, folder)
        except BadArchive:
            continue
        assert verify(run, None).whole is Whole.BROKEN


def test_what_was_countersigned_after_the_seal_goes_along(
    exported: tuple[Path, Path], tmp_path: Path
) -> None:
    """It lies beside the watches; anything else there is this host's and stays, or is refused."""
    run = tmp_path / exported[0].name
    shutil.copytree(exported[0], run)
    signed = "countersign-001-000003-0123abcd.toml"
    for name in (signed, f"{signed}.sig", "watch-001.holder", "note.txt"):
        (run / name).write_text("x")
    archive.write(run, tmp_path / "run.tar")
    (tmp_path / "out").mkdir()
    taken = archive.take_out(tmp_path / "run.tar", tmp_path / "out")
    assert sorted(path.name for path in taken.iterdir()) == [signed, f"{signed}.sig", "watch-001"]
    with pytest.raises(BadArchive):
        archive.take_out(made(tmp_path / "bad.tar", entry(f"{RUN}/countersign.toml")), tmp_path / "out")


@pytest.mark.parametrize("modes", [PRIVATE, SHARED], ids=["one account's", "a group's"])
def test_an_imported_run_has_the_modes_of_its_ledger(
    modes: Modes, exported: tuple[Path, Path], tmp_path: Path
) -> None:
    """Whatever the umask: readable by nobody else in a private ledger, by the group in a shared one."""
    root = tmp_path / "ledger"
    root.mkdir()
    root.chmod(modes.common)
    before = os.umask(0o022)
    try:
        assert cli.main(["import", str(exported[1]), "--ledger", str(root)]) == 0
    finally:
        os.umask(before)
    run = root / exported[0].name
    found = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (run, *run.rglob("*"))}
    assert found.pop(run.name) == (modes.common if modes is SHARED else modes.directory)
    assert found.pop("watch-001") == modes.directory
    assert set(found.values()) == {modes.file}
