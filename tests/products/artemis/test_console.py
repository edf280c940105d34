"""A shell on a simulated broker's host: it does what it says, and says what it does not know."""

from __future__ import annotations

from datetime import UTC, datetime

from handrail.procedure.catalogue import load_catalogue
from handrail.procedure.loading import builtin_root
from handrail.products.artemis.product import PRODUCT
from handrail.products.artemis.simulator import ArtemisSimulator
from handrail.products.setting import PairStart, Setting

CATALOGUE = load_catalogue(builtin_root() / "artemis" / "messages.toml")


def simulator() -> ArtemisSimulator:
    """A healthy pair."""
    pair = PairStart.model_validate({"name": "p", "roles": {"master": "a", "slave": "b"}})
    setting = Setting(version="2.44.0", mode="replication", pairs=(pair,))
    return PRODUCT.simulated(setting, CATALOGUE, datetime(2026, 1, 1, tzinfo=UTC))


def test_the_scripts_stop_and_start_the_broker() -> None:
    """Would catch a console that only pretends."""
    world = simulator()
    shell = world.console("b")
    assert shell.enter("artemis-service stop") == []
    world.advance(30)
    assert not world.listens("b")
    assert shell.enter("artemis-service stop") == ["Server is not running"]
    assert shell.enter("artemis data exp")[0].startswith("invoices: ")
    shell.enter("artemis-service start")
    world.advance(60)
    assert world.listens("b")
    assert shell.enter("artemis data exp") == ["the journal is locked: stop the broker first"]


def test_an_edited_setting_is_read_back() -> None:
    """Would catch a file that shows something else than what the broker will read."""
    shell = simulator().console("a")
    assert "<allow-failback>true</allow-failback>" in shell.enter("cat etc/broker.xml")
    shell.enter("edit etc/broker.xml allow-failback false")
    assert "<allow-failback>false</allow-failback>" in shell.enter("cat etc/broker.xml")


def test_a_copy_can_be_looked_at_and_anything_else_is_not_known() -> None:
    """Honest about its edges."""
    shell = simulator().console("b")
    assert shell.enter("ls /srv/copy") == ["ls: /srv/copy: not known here"]
    assert shell.enter("cp -r data /srv/copy") == []
    assert "journal" in shell.enter("ls /srv/copy")
    assert shell.enter("vi etc/broker.xml") == ["vi: not known here; help lists what is"]
    assert shell.enter('cp "') == ["sh: No closing quotation"]
    assert shell.enter("") == []
    assert "artemis-service stop" in shell.complete("artemis-service st")
    assert shell.enter("tail log/artemis.log") == []
