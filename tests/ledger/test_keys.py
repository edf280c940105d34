"""Keys: every way a key or agent can fail is a refusal in time, with the mend."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.ledger.conftest import Operator, make_operator

from handrail.errors import KeyRefused
from handrail.ledger import sshsig
from handrail.ledger.keys import (
    AgentSigner,
    MemoryKey,
    SshSigner,
    allowed_signers_file,
    choices,
    public_line,
    read_public,
)

NAMESPACE = "delegate@handrail"


@pytest.fixture(autouse=True)
def no_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    """The agent of whoever runs the tests is none of their business."""
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)


@pytest.fixture
def agent(operator: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A real agent that holds the operator's key."""
    place = tmp_path / "agent"
    process = subprocess.Popen(
        ["ssh-agent", "-D", "-a", str(place)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    for _ in range(200):
        if place.exists():
            break
        time.sleep(0.02)
    monkeypatch.setenv("SSH_AUTH_SOCK", str(place))
    subprocess.run(["ssh-add", "-q", str(operator.key)], check=True, capture_output=True)
    yield place
    process.terminate()
    process.wait(10)


@pytest.fixture
def hanging_agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An agent that takes every connection and never answers."""
    with socket.socket(socket.AF_UNIX) as link:
        link.bind(str(tmp_path / "agent"))
        link.listen(8)
        monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "agent"))
        yield


def test_a_key_file_signs_what_our_reader_accepts(operator: Operator) -> None:
    """The private file and its public half name the same key."""
    signer = SshSigner(operator.key)
    armoured = signer.sign(b"line", NAMESPACE)
    assert sshsig.check_ed25519(armoured, b"line", NAMESPACE).key == signer.blob


@pytest.mark.usefixtures("agent")
def test_an_agent_signs_with_the_key_that_was_chosen(operator: Operator, tmp_path: Path) -> None:
    """It is found before the files, and asked for by its public line alone."""
    found = choices(None, {}, tmp_path)
    assert [choice.source for choice in found] == ["agent"]
    signer = found[0].signer()
    assert signer.blob == SshSigner(operator.key).blob
    assert sshsig.check_ed25519(signer.sign(b"line", NAMESPACE), b"line", NAMESPACE).key == signer.blob


@pytest.mark.usefixtures("agent")
def test_a_key_the_agent_lost_is_refused_with_the_mend(operator: Operator, tmp_path: Path) -> None:
    """Removed or expired between choosing and signing."""
    signer = choices(None, {}, tmp_path)[0].signer()
    subprocess.run(["ssh-add", "-q", "-D"], check=True, capture_output=True)
    with pytest.raises(KeyRefused) as refused:
        signer.sign(b"line", NAMESPACE)
    assert "ssh-add" in refused.value.mend


@pytest.mark.usefixtures("hanging_agent")
def test_an_agent_that_hangs_is_given_up_in_time(operator: Operator) -> None:
    """Signing and listing end at their limit, and say what to try."""
    started = time.monotonic()
    with pytest.raises(KeyRefused, match="did not answer within"):
        AgentSigner(public_line(SshSigner(operator.key).blob), limit_s=0.4).sign(b"line", NAMESPACE)
    with pytest.raises(KeyRefused) as refused:
        choices(None, {}, Path("/nonexistent"), limit_s=0.4)
    assert "agent may hang" in refused.value.mend
    assert time.monotonic() - started < 5


def test_a_key_with_a_passphrase_does_not_wait_for_a_terminal(tmp_path: Path) -> None:
    """A question behind the drawn screen could never be answered."""
    key = tmp_path / "locked"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-f", str(key)], check=True)
    started = time.monotonic()
    with pytest.raises(KeyRefused) as refused:
        SshSigner(key, limit_s=5).sign(b"line", NAMESPACE)
    assert "ssh-add" in refused.value.mend
    assert time.monotonic() - started < 4


@pytest.mark.parametrize("text", ["", "ssh-ed25519", "ssh-ed25519 AAAA", "ssh-rsa !!!!", "no key at all"])
def test_a_public_file_that_is_none_is_refused(text: str, tmp_path: Path) -> None:
    """Before anything is signed."""
    (tmp_path / "key.pub").write_text(text)
    with pytest.raises(KeyRefused):
        SshSigner(tmp_path / "key")


def test_a_missing_public_half_names_the_command_that_makes_it(tmp_path: Path) -> None:
    """The usual case of a key copied without its .pub."""
    with pytest.raises(KeyRefused) as refused:
        SshSigner(tmp_path / "key")
    assert "ssh-keygen -y" in refused.value.mend


def test_without_ssh_keygen_the_refusal_says_what_to_install(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """On a machine without openssh-client."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(KeyRefused) as refused:
        SshSigner(operator.key).sign(b"line", NAMESPACE)
    assert refused.value.mend == "install openssh-client"


def test_a_signature_by_another_key_than_asked_for_is_refused(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A wrapper or a confused agent must not sign as somebody else."""
    other = make_operator(tmp_path, "mallory")
    fake = tmp_path / "bin" / "ssh-keygen"
    fake.parent.mkdir()
    fake.write_text(f"#!/bin/sh\nexec /usr/bin/ssh-keygen -Y sign -f {other.key} -n {NAMESPACE}\n")
    fake.chmod(stat.S_IRWXU)
    signer = SshSigner(operator.key)
    monkeypatch.setenv("PATH", f"{fake.parent}{os.pathsep}/usr/bin{os.pathsep}/bin")
    with pytest.raises(KeyRefused, match="another key signed"):
        signer.sign(b"line", NAMESPACE)


def test_a_named_key_is_the_only_choice_and_the_files_come_in_order(tmp_path: Path) -> None:
    """Named, then the environment's, then ~/.ssh with hardware keys first."""
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True)
    keys = {name: make_operator(tmp_path, name) for name in ("one", "two")}
    for name, target in (("one", "id_rsa"), ("two", "id_ed25519")):
        for ending in ("", ".pub"):
            source = keys[name].key.with_name(keys[name].key.name + ending)
            (home / ".ssh" / (target + ending)).write_bytes(source.read_bytes())
    (home / ".ssh" / "id_ecdsa").write_text("private half alone")
    assert [choice.comment for choice in choices(None, {}, home)] == ["two", "one"]
    assert [choice.comment for choice in choices(keys["one"].key, {}, home)] == ["one"]
    environment = {"HANDRAIL_KEY": str(keys["one"].key)}
    assert [choice.comment for choice in choices(None, environment, home)] == ["one"]


def test_a_destroyed_key_signs_nothing() -> None:
    """The run key ends with its watch."""
    key = MemoryKey()
    key.destroy()
    with pytest.raises(KeyRefused):
        key.sign(b"", NAMESPACE)


def test_a_public_key_comes_back_as_it_was(operator: Operator) -> None:
    """Line to bytes to line."""
    blob = SshSigner(operator.key).blob
    assert read_public(public_line(blob)) == blob


def test_the_sites_file_is_named_or_found_in_the_users_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment first, then XDG."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path / "none"))
    assert allowed_signers_file({}) is None
    (tmp_path / "handrail").mkdir()
    (tmp_path / "handrail" / "allowed_signers").write_text("")
    assert allowed_signers_file({}) == tmp_path / "handrail" / "allowed_signers"
    assert allowed_signers_file({"HANDRAIL_ALLOWED_SIGNERS": "/x"}) == Path("/x")
