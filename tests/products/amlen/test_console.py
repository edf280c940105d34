"""The shell of a drill: what it restores, what it refuses, what it does not know."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.products.amlen.conftest import Lab


def test_both_directories_come_out_of_the_backup(lab: Callable[..., Lab]) -> None:
    """Would catch a restore that leaves one directory as it was."""
    pair = lab("both-in-maintenance")
    shell = pair.simulator.console("a")
    assert shell.prompt == "root@a:~# "
    assert "store/" in shell.enter("tar tf /backup/standby.tar")
    assert shell.enter("tar xf /backup/standby.tar -C /var/lib/amlen-server") == []
    assert "(from the backup, not read yet)" in shell.enter("ls /var/lib/amlen-server/data")
    assert "(900 messages)" in shell.enter("ls /var/lib/amlen-server/store")
    assert pair.simulator.harmed() == ()


def test_a_restore_under_a_running_server_is_harm(lab: Callable[..., Lab]) -> None:
    """Would catch a drill that forgives files exchanged under a server in production."""
    pair = lab()
    pair.simulator.console("a").enter("cp -a /backup/standby/store /var/lib/amlen-server")
    assert pair.simulator.harmed() == ("store was restored under a while it used it",)


def test_a_backup_of_a_later_release_is_harm(lab: Callable[..., Lab]) -> None:
    """Would catch the software level of the backup not mattering."""
    pair = lab("both-in-maintenance", backup_version="1.2.0")
    shell = pair.simulator.console("a")
    assert shell.enter("cat /backup/standby/VERSION") == ["1.2.0"]
    shell.enter("cp -a /backup/standby/data /var/lib/amlen-server")
    assert pair.simulator.harmed() == ("a was given a backup of a later release (1.2.0)",)


def test_in_a_container_the_host_volume_is_meant(lab: Callable[..., Lab]) -> None:
    """Would catch a restore into the container's own file system, which the next start forgets."""
    shell = lab("both-in-maintenance", docker=True).simulator.console("a")
    assert "inside the container" in shell.enter("cp -a /backup/standby/data /var/lib/amlen-server")[0]
    assert shell.enter("cp -a /backup/standby/data /srv/amlen") == []
    assert shell.enter("docker stop amlen") == ["amlen"]
    assert "container" in shell.enter("systemctl stop imaserver")[0]


def test_the_service_manager_stops_and_starts(lab: Callable[..., Lab]) -> None:
    """Would catch a server that cannot be brought back by hand."""
    pair = lab("both-in-maintenance")
    shell = pair.simulator.console("b")
    shell.enter("systemctl stop imaserver")
    pair.go(2)
    assert shell.enter("systemctl status imaserver") == ["imaserver: inactive (dead)"]
    shell.enter("systemctl start imaserver")
    pair.go(5)
    assert shell.enter("systemctl status imaserver") == ["imaserver: active (running), Running (maintenance)"]
    assert "CWLNA0900" in "".join(shell.enter("tail /var/log/amlen/imaserver-admin.log"))


@pytest.mark.parametrize(
    "line", ["curl http://a:9089", "rm -rf /", "tar", "cp x", "ls /etc", "cat", "tail", "docker", 'echo "']
)
def test_what_the_shell_does_not_know_changes_nothing(line: str, lab: Callable[..., Lab]) -> None:
    """Would catch pretending: an unknown line says so and leaves the world as it is."""
    pair = lab("both-in-maintenance")
    before = pair.simulator.world
    told = pair.simulator.console("a").enter(line)
    assert told
    assert pair.simulator.world == before


def test_help_and_completion_tell_what_there_is(lab: Callable[..., Lab]) -> None:
    """Would catch a completion that offers what the shell then does not know."""
    shell = lab("both-in-maintenance").simulator.console("a")
    assert shell.complete("tar t") == ["tar tf /backup/standby.tar"]
    for line in shell.complete(""):
        assert not [told for told in shell.enter(line) if "not known" in told], line
    assert "invented" in shell.enter("help")[-1]
