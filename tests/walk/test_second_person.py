"""Judging a second person: each single thing that is not as it must be, beside the statement that counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.ledger.conftest import make_operator

from handrail.clock import ManualClock
from handrail.errors import KeyRefused
from handrail.ledger import names, outbox, sshsig
from handrail.ledger.disk import PRIVATE, RealDisk
from handrail.ledger.keys import SshSigner
from handrail.ledger.statement import Kind, Statement, request_hash, sign
from handrail.ledger.store import Ledger
from handrail.walk import events as e
from handrail.walk.asked import Asked
from handrail.walk.second_person import SecondPerson, Vouched

NOW = ManualClock().wall()
REQUEST = request_hash(["stop broker-b"])


@dataclass
class Scene:
    """Alice walks and stands at a hold point; Bob is known to the site, and so is Alice's other key."""

    person: SecondPerson
    asked: Asked
    good: Statement
    early: Statement
    """As the good one, but naming a record from before the step was begun."""
    keys: dict[str, SshSigner]

    def judged(self, statement: Statement, by: str = "bob") -> Vouched | str:
        """What is made of this statement by this key."""
        return self.person.judge(self.asked, sign(statement, self.keys[by]))


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, SshSigner], Path]:
    """Keys by ssh-keygen, and a site that knows all but Eve's."""
    folder = tmp_path_factory.mktemp("people")
    people = {name: make_operator(folder, name) for name in ("alice", "bob", "spare", "eve")}
    site = folder / "site"
    lines = [
        f"{who}@site {Path(f'{people[name].key}.pub').read_text(encoding='utf-8')}"
        for name, who in (("alice", "alice"), ("spare", "alice"), ("bob", "bob"))
    ]
    site.write_text("".join(lines), encoding="utf-8")
    return {name: one.signer() for name, one in people.items()}, site


@pytest.fixture
def scene(keys: tuple[dict[str, SshSigner], Path], tmp_path: Path) -> Scene:
    """A run with a step begun as record 3; records 2 and 4 are before and after it."""
    signers, site = keys
    clock = ManualClock()
    ledger = Ledger(tmp_path / "ledger", RealDisk(), clock)
    watch = ledger.open_run("live", "a/b", signers["alice"], "alice", "jump1", {})
    heads = [watch.head()]
    for event in (e.Noted(text="before"), e.Begun(step="stop-slave"), e.Noted(text="after")):
        watch.append(e.to_table(event))
        heads.append(watch.head())
    watch.close()
    key = sshsig.fingerprint(signers["alice"].blob)
    asked = Asked(Kind.WITNESS, "stop-slave", 1, REQUEST, key, "alice", frozenset())
    good = Statement(
        Kind.WITNESS, watch.path.parent.name, 1, "stop-slave", 1, 4, heads[3].digest, REQUEST, "broker-b",
        "bob", NOW - timedelta(seconds=20),
    )  # fmt: skip
    person = SecondPerson(tmp_path / "ledger", watch.path, site, now=lambda: NOW)
    early = replace(good, number=2, head=heads[1].digest)
    return Scene(person, asked, good, early, signers)


def test_a_statement_that_is_as_it_must_be_counts_under_the_sites_name(scene: Scene) -> None:
    """The control of everything below."""
    judged = scene.judged(scene.good)
    assert isinstance(judged, Vouched)
    assert judged.principal == "bob@site"


Change = Callable[[Scene], "Vouched | str"]
REFUSED: dict[str, tuple[Change, str]] = {
    "another watch": (lambda s: s.judged(replace(s.good, watch=2)), "another watch"),
    "another step": (lambda s: s.judged(replace(s.good, step="start-slave")), "is about start-slave"),
    "another attempt": (lambda s: s.judged(replace(s.good, attempt=2)), "attempt 2"),
    "another request": (lambda s: s.judged(replace(s.good, request="0" * 64)), "another request"),
    "six minutes old": (
        lambda s: s.judged(replace(s.good, made=NOW - timedelta(minutes=6))),
        "6 minutes old",
    ),
    "from the future": (lambda s: s.judged(replace(s.good, made=NOW + timedelta(minutes=2))), "future"),
    "another head": (lambda s: s.judged(replace(s.good, head="0" * 64)), "not in this watch"),
    "a record never written": (lambda s: s.judged(replace(s.good, number=99)), "not in this watch"),
    "signed before it was asked": (lambda s: s.judged(s.early), "before this was asked"),
    "a key nobody knows": (lambda s: s.judged(s.good, "eve"), "does not know that key"),
    "the operator's own key": (lambda s: s.judged(s.good, "alice"), "key of whoever walks"),
    "the operator's other key": (lambda s: s.judged(s.good, "spare"), "or it is who walks"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_not_as_it_must_be_does_not_count(scene: Scene, what: str) -> None:
    """Each alone is enough, and each says what it is."""
    change, words = REFUSED[what]
    judged = change(scene)
    assert isinstance(judged, str), "it counted"
    assert words in judged


def test_a_statement_counts_once(scene: Scene) -> None:
    """After `not sent` the hold point is open again; yesterday's yes does not open it."""
    signed = sign(scene.good, scene.keys["bob"])
    asked = replace(scene.asked, used=frozenset({signed.sha256}))
    assert scene.person.judge(asked, signed) == "that statement was used already"


def test_without_a_file_of_allowed_signers_there_is_no_second_person(scene: Scene) -> None:
    """A key that nobody knows could be the operator's own; passing alone is an override, with a reason."""
    alone = replace(scene.person, allowed_signers=None)
    assert isinstance(alone.judge(scene.asked, sign(scene.good, scene.keys["bob"])), str)


def test_what_cannot_be_judged_does_not_count_and_ends_no_listening(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An ssh-keygen that hangs while it is asked who walks must not stop the walk from hearing anybody."""

    def hangs(*_: object) -> set[str]:
        raise KeyRefused("ssh-keygen did not end in time", "")

    monkeypatch.setattr("handrail.ledger.runs.delegators", hangs)
    outbox.put(RealDisk(), scene.person.ledger, PRIVATE, sign(scene.good, scene.keys["bob"]))
    heard = scene.person.hear(scene.asked)
    assert (heard.vouched, "cannot be judged" in heard.problem) == (None, True)


def test_of_many_letters_the_one_that_counts_is_heard_and_the_others_are_told(scene: Scene) -> None:
    """An old statement in an outbox must not hide a new one."""
    ledger = scene.person.ledger
    outbox.put(RealDisk(), ledger, PRIVATE, sign(scene.good, scene.keys["eve"]))
    heard = scene.person.hear(scene.asked)
    assert (heard.vouched, "does not know that key" in heard.problem) == (None, True)
    outbox.put(RealDisk(), ledger, PRIVATE, sign(scene.good, scene.keys["bob"]))
    heard = scene.person.hear(scene.asked)
    assert heard.vouched is not None
    assert heard.vouched.principal == "bob@site"


def test_what_is_left_from_an_earlier_hold_point_is_passed_over_in_silence(scene: Scene) -> None:
    """Otherwise the next hold point would begin with a refusal that is nobody's fault."""
    ledger = scene.person.ledger
    outbox.put(RealDisk(), ledger, PRIVATE, sign(replace(scene.good, step="earlier"), scene.keys["bob"]))
    used = sign(scene.good, scene.keys["bob"])
    outbox.put(RealDisk(), ledger, PRIVATE, used)
    heard = scene.person.hear(replace(scene.asked, used=frozenset({used.sha256})))
    assert (heard.vouched, heard.problem) == (None, "")


def test_in_a_drill_one_is_who_one_says_but_not_who_walks(scene: Scene) -> None:
    """Nothing to set up: keys are thrown away, and only the walker's own name is refused."""
    drill = replace(scene.person, drill=True)
    judged = drill.judge(scene.asked, sign(scene.good, scene.keys["eve"]))
    assert isinstance(judged, Vouched)
    assert judged.principal == "drill:bob"
    asked = replace(scene.asked, principal="drill:bob", operator="bob")
    assert "--name" in str(drill.judge(asked, sign(scene.good, scene.keys["eve"])))


def test_the_step_begun_in_an_earlier_watch_may_be_witnessed_in_the_next(scene: Scene) -> None:
    """The new watch has no record of the beginning; any record of it is later."""
    (scene.person.watch / names.record_name(3)).unlink()
    assert isinstance(scene.judged(scene.good), Vouched)


@pytest.mark.parametrize("who", ["bob", "eve", "alice", "spare"])
def test_what_is_foreseen_of_a_key_is_what_is_judged_of_its_signature(scene: Scene, who: str) -> None:
    """Would catch somebody who reads, types and signs, and only then learns that it was for nothing."""
    judged = scene.judged(scene.good, who)
    foreseen = scene.person.foresee(scene.asked, scene.keys[who].blob, "bob")
    assert foreseen == (None if isinstance(judged, Vouched) else judged)
    assert (foreseen is None) == (who == "bob")


def test_in_a_drill_only_the_walkers_name_is_foreseen_to_count_for_nothing(scene: Scene) -> None:
    """Keys are thrown away there."""
    drill = replace(scene.person, drill=True)
    asked = replace(scene.asked, principal="drill:bob", operator="bob")
    assert drill.foresee(asked, scene.keys["eve"].blob, "cat") is None
    assert "--name" in str(drill.foresee(asked, scene.keys["eve"].blob, " Bob "))
