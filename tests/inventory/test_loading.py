"""Inventories: references to secrets only, and names that fit together."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from handrail.errors import InventoryError
from handrail.inventory.loading import load
from handrail.ledger.anchor import Anchor, CommandAnchor, SyslogAnchor
from handrail.ledger.git_anchor import GitAnchor
from handrail.procedure.loading import builtin_root, library
from handrail.products.names import PRODUCTS
from handrail.walk.live import bind
from handrail.walk.live_run import anchor_of

GOOD = """\
schema = 1
site = "production-eu"

[[servers]]
name = "broker-a"
product = "artemis"
url = "http://broker-a:8161/console/jolokia"
user = "admin"
password = { env = "BROKER_PASSWORD" }
log = { file = "/var/log/artemis.log" }
[servers.commands]
stop = ["systemctl", "stop", "artemis"]

[[servers]]
name = "broker-b"
product = "artemis"
url = "http://broker-b:8161/console/jolokia"
log = { follow = ["ssh", "b", "tail"], since = ["ssh", "b", "since"], check = ["ssh", "b", "true"] }

[[pairs]]
name = "orders"
product = "artemis"
mode = "replication"
master = "broker-a"
slave = "broker-b"
"""


def write(tmp_path: Path, text: str) -> Path:
    """An inventory file."""
    path = tmp_path / "inventory.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_inventory_loads(tmp_path: Path) -> None:
    """The ground of the tests below: only their one change makes them fail."""
    site = load(write(tmp_path, GOOD))
    assert site.pair("orders").roles["master"] == "broker-a"
    assert site.server("broker-a").commands.of("stop") == ("systemctl", "stop", "artemis")
    assert site.server("broker-a").commands.of("limit_s") is None


@pytest.mark.parametrize(
    "line",
    [
        'password = "hunter2-secret"',
        "password = 'hunter2-secret'",
        'admin_password = "hunter2-secret"',
        'token = "hunter2-secret"',
        'credentials = { user = "x", password = "hunter2-secret" }',
        'url = "http://admin:hunter2-secret@broker-a:8161/console/jolokia"',
    ],
)
def test_a_secret_in_the_file_is_refused_told_where_to_put_it_and_not_repeated(
    tmp_path: Path, line: str
) -> None:
    """Would catch a password that lands in a file under version control, or in the error about it."""
    text = GOOD.replace('password = { env = "BROKER_PASSWORD" }', line)
    with pytest.raises(InventoryError) as caught:
        load(write(tmp_path, text))
    said = str(caught.value) + repr(caught.value) + repr(caught.value.findings)
    assert "hunter2-secret" not in said
    assert "env" in said
    assert "0600" in said
    assert "inventory.toml:9:" in said or "inventory.toml:8:" in said or "inventory.toml:7:" in said


@pytest.mark.parametrize(
    "words",
    [
        '["ctl", "--password=hunter2-secret", "start"]',
        '["ctl", "-p", "x", "--admin-password", "hunter2-secret"]',
        '["curl", "http://admin:hunter2-secret@broker-a/start"]',
    ],
)
def test_a_secret_in_a_command_is_refused_and_not_repeated(tmp_path: Path, words: str) -> None:
    """Would catch a password that every process list of the host shows."""
    text = GOOD.replace('stop = ["systemctl", "stop", "artemis"]', f"stop = {words}")
    assert text != GOOD
    with pytest.raises(InventoryError) as caught:
        load(write(tmp_path, text))
    said = str(caught.value) + repr(caught.value.findings)
    assert "hunter2-secret" not in said
    assert "0600" in said


def test_a_command_that_says_where_its_secret_is_may_stand(tmp_path: Path) -> None:
    """The control: the way to a secret is no secret."""
    words = '["ctl", "--password-file", "/etc/pw", "--token-from=env", "-pass", "--quiet"]'
    load(write(tmp_path, GOOD.replace('stop = ["systemctl", "stop", "artemis"]', f"stop = {words}")))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('master = "broker-a"', 'master = "broker-x"', "broker-x, which is no server here"),
        ('slave = "broker-b"', 'slave = "broker-a"', "one server twice"),
        ('name = "broker-b"', 'name = "broker-a"', "two servers are named broker-a"),
        ('{ env = "BROKER_PASSWORD" }', '{ env = "A", file = "B" }', "exactly one of env, file, command"),
        ('check = ["ssh", "b", "true"]', 'chek = ["ssh"]', 'did you mean "check"?'),
        ('stop = ["systemctl", "stop", "artemis"]', 'stop = "systemctl stop artemis"', "tuple"),
        ('url = "http://broker-b:8161/console/jolokia"', 'url = "ftp://broker-b"', "url"),
        ('site = "production-eu"', 'site = "a b\\u001b"', "site"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, old: str, new: str, words: str) -> None:
    """Would catch an inventory that binds a walk to the wrong server."""
    assert old in GOOD
    with pytest.raises(InventoryError) as caught:
        load(write(tmp_path, GOOD.replace(old, new)))
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("anchor", "kind"),
    [
        ("", SyslogAnchor),
        ('anchor = ["logger", "-n", "loghost"]', CommandAnchor),
        ('anchor = { git = "git@host:heads.git" }', GitAnchor),
        ('anchor = { git = "git@host:/srv/heads.git" }', GitAnchor),
        ('anchor = { git = "ssh://git@host:2222/heads.git" }', GitAnchor),
        ('anchor = { git = "https://host/heads.git" }', GitAnchor),
        ('anchor = { git = "/srv/heads.git" }', GitAnchor),
    ],
)
def test_an_anchor_is_syslog_a_command_or_a_git_remote(
    anchor: str, kind: type[Anchor], tmp_path: Path
) -> None:
    """Would catch a site whose heads go elsewhere than it says."""
    site = load(write(tmp_path, GOOD.replace("\n\n", f"\n{anchor}\n\n", 1)))
    assert type(anchor_of(site)) is kind


@pytest.mark.parametrize(
    "remote", ["ext::sh -c x", "--upload-pack=x", "heads", "", "https://me:hunter2@host/x"]
)
def test_a_remote_that_is_none_or_holds_a_password_is_refused(remote: str, tmp_path: Path) -> None:
    """Before a walk, and without repeating the password."""
    with pytest.raises(InventoryError) as refused:
        load(write(tmp_path, GOOD.replace("\n\n", f'\nanchor = {{ git = "{remote}" }}\n\n', 1)))
    assert "inventory.toml:3:" in str(refused.value)
    assert "hunter2" not in str(refused.value)


DOCUMENT = builtin_root().parent / "docs" / "inventory.md"
EXAMPLES = re.findall(r"```toml\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: re.findall(r'product = "(\w+)"', text)[0])
def test_each_documented_example_loads_and_fits_a_procedure_of_its_product(
    example: str, tmp_path: Path
) -> None:
    """Would catch an example that a reader copies and handrail refuses."""
    site = load(write(tmp_path, example))
    [pair] = site.pairs
    fitting = [item.procedure for item in library()[0] if item.procedure.product == pair.product]
    roles = [{item.name for item in procedure.roles if not item.optional} for procedure in fitting]
    assert set(pair.roles) in roles
    procedure = fitting[roles.index(set(pair.roles))]
    assert bind(site, procedure, [])[0].roles == pair.roles


def test_every_product_has_an_example_or_is_asked_for() -> None:
    """Would catch a product that nobody can make an inventory for."""
    shown = {re.findall(r'product = "(\w+)"', text)[0] for text in EXAMPLES}
    assert shown | {"artemis"} == set(PRODUCTS)
