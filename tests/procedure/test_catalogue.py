"""The catalogue of log messages: ranges of releases, modes, near misses, hostile lines, and bad files."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handrail.errors import ProcedureError
from handrail.procedure.catalogue import Catalogue, load_catalogue
from handrail.procedure.matching import Matcher, Wording
from handrail.procedure.versions import Version, parse_version

ARTEMIS = Path(__file__).parents[2] / "procedures" / "artemis" / "messages.toml"
CORE = "2026-01-02 03:14:00,123 INFO  [org.apache.activemq.artemis.core.server] "
LOADED = load_catalogue(ARTEMIS)

MINIMAL = """product = "artemis"
[[message]]
name = "server-live"
event = "a master is live"
[[message.variant]]
code = "AMQ221007"
level = "INFO"
since = "1.0.0"
until = "2.31.2"
text = "Server is now live"
source = "the product's source"
"""


@pytest.fixture(scope="module")
def artemis() -> Catalogue:
    """The catalogue that comes with handrail."""
    return LOADED


def names(catalogue: Catalogue, line: str, version: str | None = None, mode: str | None = None) -> set[str]:
    """The messages a line stands for."""
    return {hit.key[0] for hit in catalogue.matcher(version, mode).match(line)}


def test_every_wording_matches_the_line_it_makes(artemis: Catalogue) -> None:
    """A text with characters that mean something in a pattern would never be found."""
    for name in artemis.messages:
        for variant in artemis.messages[name].variant:
            line = CORE + variant.fill(*["x-1 [y]"] * variant.text.count("{}"))
            assert (name, variant) in [hit.key for hit in artemis.matcher(None, None).match(line)], line


def test_a_release_has_one_wording_of_a_code_in_a_mode(artemis: Catalogue) -> None:
    """Overlapping ranges would let a broker be credited with another release's line."""
    releases = (
        "1.0.0",
        "1.5.5",
        "2.0.0",
        "2.17.0",
        "2.18.0",
        "2.31.2",
        "2.32.0",
        "2.33.0",
        "2.44.0",
        "2.56.0",
    )
    for name, message in artemis.messages.items():
        for release in releases:
            for mode in ("replication", "shared-store", "lock-manager"):
                codes = [
                    variant.code
                    for variant in artemis.expected(name, release, mode)
                    if variant in message.variant and variant.code
                ]
                assert len(codes) == len(set(codes)), (name, release, mode)


@pytest.mark.parametrize(
    ("version", "mode", "text"),
    [
        ("2.31.2", "replication", "Server is now live"),
        ("2.32.0", "replication", "Server is now active"),
        ("2.28.0.redhat-00003", "replication", "Server is now live"),
        ("2.56.0", "shared-store", "Backup Server is now active"),
        ("1.5.5.jbossorg-008", "shared-store", "Backup Server is now live"),
    ],
)
def test_a_slave_going_live_is_worded_by_release_and_mode(
    artemis: Catalogue, version: str, mode: str, text: str
) -> None:
    """Watching AMQ221010 alone misses every replicated pair, AMQ221007 alone every shared store."""
    assert [variant.text for variant in artemis.expected("slave-live", version, mode)] == [text]


def test_a_line_no_release_prints_is_expected_of_none(artemis: Catalogue) -> None:
    """EAP 7.0 is at level 1.1.0 and cannot print AMQ222207; a shared store never synchronises."""
    assert artemis.expected("replica-too-slow", "1.1.0.wildfly-011", "replication") == ()
    assert artemis.expected("synchronized", "2.44.0", "shared-store") == ()
    assert artemis.expected("waiting-for-master", "2.17.0", "lock-manager") == ()


def test_lock_manager_lines_without_a_code_are_found(artemis: Catalogue) -> None:
    """Lock-manager mode prints no AMQ221109."""
    line = (
        "2026-01-02 03:14:00,123 INFO  [org.apache.activemq.artemis.core.server.impl."
        "ReplicationBackupActivation] Apache ActiveMQ Artemis Backup Server version 2.44.0 [null] started, "
        "awaiting connection to a primary to start replication"
    )
    assert names(artemis, line, "2.44.0", "lock-manager") == {"waiting-for-master"}
    assert names(artemis, line, "2.44.0", "replication") == set()


def test_the_code_in_an_eap_thread_name_is_not_the_message() -> None:
    """EAP prints the activation thread, whose name holds a code, before the message."""
    matcher = Matcher([("thread", Wording("AMQ229000", "{}")), ("live", Wording("AMQ221010", "{}"))])
    line = (
        "16:25:44,921 INFO  [org.apache.activemq.artemis.core.server] (AMQ229000: Activation for server "
        "ActiveMQServerImpl::name=secondary) AMQ221010: Backup Server is now active"
    )
    assert [hit.key for hit in matcher.match(line)] == ["live"]


def test_a_code_inside_an_argument_never_matches(artemis: Catalogue) -> None:
    """Whoever may name an address could otherwise forge the line an operator waits for."""
    line = (
        CORE + "AMQ222212: Disk Full! Blocking message production on address "
        "'x AMQ221007: Server is now active'. Clients will report blocked."
    )
    assert names(artemis, line) == {"disk-full", "broker-in-trouble"}
    forged = CORE + "AMQ222212: x] Failback interrupted"
    assert names(artemis, forged) == set()


def test_the_banner_of_2_15_is_found_on_its_first_line(artemis: Catalogue) -> None:
    """2.15.0 to 2.20.0 print a row of asterisks before the text, on a line of its own."""
    found = names(artemis, CORE + "AMQ222294: ", "2.16.0", "replication")
    assert found == {"split-brain-topology", "split-brain-suspected"}
    assert names(artemis, CORE + "AMQ222294: ", "2.44.0", "replication") == set()


def test_an_exception_on_the_same_line_does_not_hide_the_message(artemis: Catalogue) -> None:
    """Releases before 2.27.0 print the exception after the text, without a line break."""
    line = (
        CORE + "AMQ222092: Connection to the backup node failed, removing replication now: SomeException[x]"
    )
    assert names(artemis, line) == {"replica-connection-lost", "replication-lost"}


@pytest.mark.parametrize(
    ("line", "version", "mode", "why"),
    [
        ("AMQ221007: Server is now live", "2.44.0", "replication", "this broker is 2.31.2 or older"),
        ("AMQ221007: Server is now active", "2.31.2", "replication", "this broker is 2.32.0 or newer"),
        ("AMQ221010: Backup Server is now active", "2.44.0", "replication", "printed in shared-store mode"),
        ("AMQ221007: Server ist jetzt aktiv", "2.44.0", "replication", "wording is of no known release"),
    ],
)
def test_a_near_miss_is_explained(artemis: Catalogue, line: str, version: str, mode: str, why: str) -> None:
    """An operator waiting at 03:14 must learn why the line on the screen does not count."""
    explanation = artemis.near_miss("slave-live", CORE + line, version, mode)
    assert explanation is not None
    assert why in explanation


def test_the_awaited_line_and_an_unrelated_one_are_no_near_miss(artemis: Catalogue) -> None:
    """A near miss shown for every line would be noise."""
    assert artemis.near_miss("server-live", CORE + "AMQ221007: Server is now active", "2.44.0", None) is None
    assert artemis.near_miss("server-live", CORE + "AMQ221031: backup announced", "2.44.0", None) is None


def test_a_near_miss_shows_no_escape_sequence(artemis: Catalogue) -> None:
    """The quoted part of the line comes from outside."""
    explanation = artemis.near_miss("server-live", CORE + "AMQ221007: \x1b]0;x\x07", "2.44.0", None)
    assert explanation is not None
    assert "\x1b" not in explanation


def test_unseen_wordings_are_listed_and_seen_ones_are_not(artemis: Catalogue) -> None:
    """A pattern that never met a printed line must be known as such."""
    unseen = {(name, variant.text) for name, variant in artemis.unseen()}
    assert ("server-live", "Server is now active") not in unseen
    assert ("journal-too-old", artemis.message("journal-too-old").variant[0].text) in unseen


@given(st.text(max_size=300))
def test_no_line_breaks_the_matcher(text: str) -> None:
    """Lines are hostile: any characters, cut anywhere, must give hits or none."""
    LOADED.matcher("2.44.0", "replication").match(text)
    LOADED.near_miss("server-live", f"AMQ221007: {text}", "2.44.0", "replication")


def test_a_line_of_a_megabyte_is_cut_and_still_matched_at_its_beginning() -> None:
    """A storm of long lines must not cost more than its first characters."""
    matcher = Matcher([("stopped", Wording("AMQ221002", "stopped {}"))])
    assert matcher.match(CORE + "AMQ221002: stopped " + "x" * 1_000_000)
    assert not matcher.match("x" * 1_000_000 + CORE + "AMQ221002: stopped y")


@pytest.mark.parametrize(
    ("replaced", "by", "line", "problem"),
    [
        ('code = "AMQ221007"', 'kode = "AMQ221007"', 6, "unknown key"),
        ('until = "2.31.2"', 'until = "0.9.0"', 5, "before since"),
        ('since = "1.0.0"', 'since = "1"', 8, "since"),
        ('source = "the product\'s source"', "", 5, "source is missing"),
        (
            'text = "Server is now live"',
            'text = "Server is now live"\nseen = "AMQ221031: no"',
            5,
            "not matched",
        ),
        ('event = "a master is live"', 'event = "a master is live"\ninclude = ["x"]', 2, "either variants"),
        ('text = "Server', "text = Server", 10, "is not TOML"),
    ],
)
def test_a_bad_catalogue_is_refused_with_its_line(
    tmp_path: Path, replaced: str, by: str, line: int, problem: str
) -> None:
    """A typo must be found at load, with the place to mend."""
    path = tmp_path / "messages.toml"
    assert replaced in MINIMAL
    path.write_text(MINIMAL.replace(replaced, by))
    with pytest.raises(ProcedureError) as caught:
        load_catalogue(path)
    [finding] = caught.value.findings
    assert problem in finding.problem
    assert finding.line == line


def test_an_include_of_nothing_and_a_name_used_twice_are_refused(tmp_path: Path) -> None:
    """A group that names a message that was renamed would silently watch less."""
    path = tmp_path / "messages.toml"
    path.write_text(MINIMAL + '[[message]]\nname = "all"\nevent = "all of it"\ninclude = ["server-alive"]\n')
    with pytest.raises(ProcedureError, match="server-alive, which is no message"):
        load_catalogue(path)
    path.write_text(MINIMAL + MINIMAL.partition("\n")[2])
    with pytest.raises(ProcedureError, match="used twice"):
        load_catalogue(path)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("2.28.0.redhat-00003", Version(2, 28, 0)),
        ("1.3.0.amq-700005-redhat-1", Version(1, 3, 0)),
        ("2.56.0", Version(2, 56, 0)),
        ("2.6", Version(2, 6, 0)),
        ("2.57.0-SNAPSHOT", Version(2, 57, 0)),
        ("", None),
        ("snapshot", None),
        (None, None),
    ],
)
def test_versions_compare_without_vendor_suffixes(text: str | None, version: Version | None) -> None:
    """2.9.0 is older than 2.31.2, and a vendor's build number is no release."""
    assert parse_version(text) == version


@given(st.tuples(*[st.integers(0, 999)] * 3), st.tuples(*[st.integers(0, 999)] * 3))
def test_versions_order_as_numbers(first: tuple[int, int, int], second: tuple[int, int, int]) -> None:
    """Compared as text, 2.10.0 would come before 2.9.0."""
    one, two = (parse_version(".".join(map(str, parts))) for parts in (first, second))
    assert one is not None
    assert two is not None
    assert (one < two) == (first < second)
