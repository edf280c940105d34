"""A shell on a simulated host, and jboss-cli within it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.products.eap.conftest import Lab

MakeLab = Callable[..., Lab]
DATA = "standalone/data/activemq"
POLICY = "/subsystem=messaging-activemq/server=default/ha-policy=replication-master"


def typed(pair: Lab, server: str, *lines: str) -> str:
    """What these lines print, joined."""
    console = pair.simulator.console(server)
    return "\n".join(text for line in lines for text in console.enter(line))


def test_jboss_cli_has_its_own_prompt_and_prints_dmr(lab: MakeLab) -> None:
    """Would catch answers in another form than the document's: => and 30000L."""
    pair = lab("plain")
    console = pair.simulator.console("node-a")
    assert console.prompt == "[jboss@node-a eap]$ "
    assert console.enter("bin/jboss-cli.sh --connect") == []
    assert console.prompt == "[standalone@node-a:9990 /] "
    told = "\n".join(console.enter(f"{POLICY}:add"))
    assert '"outcome" => "success"' in told
    assert '"process-state" => "reload-required"' in told
    read = "\n".join(console.enter(f"{POLICY}:read-resource"))
    assert '"initial-replication-sync-timeout" => 30000L' in read
    assert '"cluster-name" => undefined' in read
    console.enter("quit")
    assert console.prompt == "[jboss@node-a eap]$ "


def test_a_batch_is_collected_and_run_as_one(lab: MakeLab) -> None:
    """Would catch a batch whose first line stays when its second is refused."""
    pair = lab("plain")
    told = typed(
        pair, "node-a", "bin/jboss-cli.sh --connect", "batch", f"{POLICY}:add", f"{POLICY}:add", "run-batch"
    )
    assert "WFLYCTL0062" in told
    assert "WFLYCTL0216" in typed(pair, "node-a", f"{POLICY}:read-resource")


def test_one_command_can_be_given_to_jboss_cli(lab: MakeLab) -> None:
    """Would catch the form administrators use in scripts."""
    pair = lab()
    assert '"result" => true' in typed(
        pair,
        "node-a",
        'bin/jboss-cli.sh --connect command="/subsystem=messaging-activemq/server=default:read-attribute(name=active)"',
    )
    typed(pair, "node-a", "bin/jboss-cli.sh --connect command=:shutdown")
    pair.go(10)
    assert pair.phase("node-b/default") == "live"


def test_kill_9_needs_the_pid_of_the_process(lab: MakeLab) -> None:
    """Would catch a kill that hits whatever number is typed."""
    pair = lab()
    assert "No such process" in typed(pair, "node-a", "kill -9 1")
    pid = typed(pair, "node-a", "pgrep -f standalone")
    assert typed(pair, "node-a", f"kill -9 {pid}") == ""
    pair.go(5)
    assert pair.phase("node-b/default") == "live"
    assert typed(pair, "node-a", "pgrep -f standalone") == ""
    assert "Failed to connect" in typed(pair, "node-a", "bin/jboss-cli.sh --connect")
    typed(pair, "node-a", "bin/standalone.sh -c standalone-full-ha.xml &")
    pair.go(30)
    assert pair.phase("node-a/default") == "live"


def test_journals_are_listed_copied_moved_and_removed(lab: MakeLab) -> None:
    """Would catch a drill in which the copy that saves the day cannot be made."""
    pair = lab("backup-newest")
    assert typed(pair, "node-b", f"ls {DATA}").split() == ["bindings", "journal", "largemessages", "paging"]
    assert "oldreplica.1" in typed(pair, "node-b", f"ls {DATA}/journal")
    assert typed(pair, "node-a", f"mv {DATA} /srv/before", f"scp -r node-b:/opt/eap/{DATA} {DATA}") == ""
    typed(pair, "node-a", "bin/standalone.sh -c standalone-full-ha.xml")
    pair.go(15)
    assert pair.messages("node-a/default") == {"orders": 137, "invoices": 30}
    assert "No such file" in typed(pair, "node-a", "ls /no/such")
    typed(pair, "node-b", f"rm -r {DATA}/journal/oldreplica.1")
    assert "oldreplica" not in typed(pair, "node-b", f"ls {DATA}/journal")


def test_a_server_that_never_paged_has_no_directory_for_it(lab: MakeLab) -> None:
    """Would catch a drill in which the four directories are always four; on a real host paging may be missing."""
    pair = lab()
    assert typed(pair, "node-a", f"ls {DATA}").split() == ["bindings", "journal", "largemessages"]
    assert "paging" in typed(pair, "node-b", f"ls {DATA}").split()


def test_a_copy_needs_the_directory_it_goes_into(lab: MakeLab) -> None:
    """Would catch lines that hold in a drill and fail in a shell: the directory was moved away before."""
    pair = lab("backup-newest")
    copy = f"cp -r /srv/before/journal {DATA}/journal"
    assert "No such file or directory" in typed(pair, "node-b", f"mv {DATA} /srv/before", copy)
    assert typed(pair, "node-b", f"mkdir -p {DATA}", copy) == ""
    assert "oldreplica.1" in typed(pair, "node-b", f"ls {DATA}/journal")
    assert "usage" in typed(pair, "node-b", "mkdir")


def test_a_copy_without_its_bindings_loses_its_messages(lab: MakeLab) -> None:
    """Would catch 'copy the journal' understood as one directory of the four."""
    pair = lab("backup-newest")
    typed(pair, "node-a", f"rm -r {DATA}", f"mkdir -p {DATA}")
    typed(pair, "node-a", f"scp -r node-b:/opt/eap/{DATA}/journal {DATA}/journal")
    typed(pair, "node-a", "bin/standalone.sh -c standalone-full-ha.xml")
    pair.go(15)
    assert pair.messages("node-a/default") == {}
    assert any("bindings" in loss for loss in pair.simulator.harmed())


def test_the_newest_files_can_be_told_from_their_times(lab: MakeLab) -> None:
    """Would catch ls -l without the evidence that select-journal needs."""
    pair = lab("backup-newest")
    newest = typed(pair, "node-b", f"ls -l {DATA}")
    older = typed(pair, "node-a", f"ls -l {DATA}")
    assert "2026-01-02 03:04:00" in newest
    assert "2026-01-02 02:54:00" in older


def test_the_log_is_searched_and_read(lab: MakeLab) -> None:
    """Would catch the evidence of who was live last out of reach."""
    pair = lab("backup-newest")
    told = typed(pair, "node-b", "grep 'AMQ221007\\|AMQ221002' standalone/log/server.log")
    assert [line.split("AMQ")[1][:6] for line in told.splitlines()] == ["221007", "221002"]
    assert typed(pair, "node-b", "grep -E 'AMQ221007|AMQ221002' standalone/log/server.log") == told
    assert "stopped in" in typed(pair, "node-b", "tail -1 standalone/log/server.log")
    assert typed(pair, "node-b", "tail -n 2 standalone/log/server.log").count("\n") == 1


@pytest.mark.parametrize("pattern", ["'AMQ221007|AMQ221002'", "-E 'AMQ221007\\|AMQ221002'"])
def test_a_bar_that_gnu_grep_takes_for_a_character_finds_nothing_here(lab: MakeLab, pattern: str) -> None:
    """Would catch a drill in which a command answers that prints nothing on a real host."""
    pair = lab("backup-newest")
    assert typed(pair, "node-b", f"grep {pattern} standalone/log/server.log") == ""


def test_the_configuration_of_a_server_that_is_down_is_read_and_edited(lab: MakeLab) -> None:
    """Would catch check-for-live-server out of reach while its server is down."""
    pair = lab("failed-over", settings={"check-for-live-server": False})
    file = "standalone/configuration/standalone-full-ha.xml"
    assert 'check-for-live-server="false"' in typed(pair, "node-a", f"grep replication-master {file}")
    typed(pair, "node-a", f"edit {file} '{POLICY}:write-attribute(name=check-for-live-server,value=true)'")
    assert 'check-for-live-server="true"' in typed(pair, "node-a", f"cat {file}")
    assert "jboss-cli" in typed(pair, "node-b", f"edit {file} ':reload'")


@pytest.mark.parametrize("line", ["vi x", "cat /etc/passwd", "ls 'open", "cp a", "kill", "/subsystem=x:add"])
def test_what_is_not_known_is_said_and_changes_nothing(lab: MakeLab, line: str) -> None:
    """Would catch a console that pretends."""
    pair = lab()
    before = pair.simulator.world
    assert typed(pair, "node-a", line)
    assert pair.simulator.world is before


def test_lines_are_completed(lab: MakeLab) -> None:
    """Would catch completion that offers nothing where it is needed."""
    console = lab().simulator.console("node-a")
    assert "bin/jboss-cli.sh --connect" in console.complete("bin/j")
    console.enter("bin/jboss-cli.sh --connect")
    assert ":reload" in console.complete(":r")
