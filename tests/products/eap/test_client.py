"""The client against the simulator over real HTTP bytes: readings, failures, lines sent and refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.products.eap.conftest import Lab

from handrail.products.eap.asking import questions
from handrail.products.exchange import Fetched
from handrail.products.product import Request, Response, Result
from handrail.readings import Failure

ALL = list(questions())
POLICY = "/subsystem=messaging-activemq/server=default/ha-policy"
MakeLab = Callable[..., Lab]


async def test_a_healthy_pair_reads_as_documented(lab: MakeLab) -> None:
    """Would catch roles taken from the configuration instead of from what the servers do."""
    pair = lab(clients=[{"pair": "pair1", "on": "node-a", "count": 3}])
    live, backup = await pair.read("node-a", *ALL), await pair.read("node-b", *ALL)
    assert (live["active"], backup["active"]) == (True, False)
    assert (live["started"], backup["started"]) == (True, True)
    assert (live["replica-sync"], backup["replica-sync"]) == (True, True)
    assert (live["ha-policy"], backup["ha-policy"]) == ("replication-master", "replication-slave")
    assert (live["check-for-live-server"], live["sync-timeout-ms"]) == (True, 30000)
    assert (backup["allow-failback"], backup["max-saved-journals"]) == (True, 2)
    assert (live["client-connections"], live["connections"], live["topology-nodes"]) == (3, 4, 2)
    assert (live["total-messages"], live["server-state"], live["version"]) == (150, "running", "7.4.0")
    assert live["group-name"] == backup["group-name"] == "pair1"


async def test_a_passive_server_does_not_tell_what_only_a_live_one_knows(lab: MakeLab) -> None:
    """Would catch a zero of messages or connections read from a healthy backup."""
    pair = lab()
    for name in ("node-id", "topology-nodes", "total-messages", "messages", "client-connections"):
        reading = await pair.failed("node-b", name)
        assert reading.failure is Failure.NOT_APPLICABLE, name
        assert "passive" in reading.meaning


async def test_rows_tell_the_two_messaging_servers_of_one_process_apart(lab: MakeLab) -> None:
    """Would catch readings of a colocated backup taken for those of the live server beside it."""
    nodes = lab("colocated")
    assert await nodes.rows("node-a", "active") == {"default": True, "backup": False}
    assert await nodes.rows("node-a", "ha-policy") == {
        "default": "replication-master",
        "backup": "replication-slave",
    }
    assert await nodes.rows("node-a", "group-name") == {"default": "groupA", "backup": "groupB"}
    assert await nodes.rows("node-a", "replica-sync") == {"default": True, "backup": True}
    readings = await nodes.readings("node-a", "active")
    assert readings[0].row == "default", "a row that is not named means default"


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("of-our-own", "configured"),
        ('"CHANGE ME!!"', "shipped"),
        ('"${jboss.messaging.cluster.password:of-our-own}"', "property"),
    ],
)
async def test_of_the_cluster_password_only_its_origin_is_told(lab: MakeLab, written: str, told: str) -> None:
    """Would catch a password, or the default within an expression, that reaches a reading."""
    pair = lab()
    line = (
        f"/subsystem=messaging-activemq/server=default:write-attribute(name=cluster-password,value={written})"
    )
    assert (await pair.send("node-a", line)).result is Result.ACCEPTED
    assert await pair.read("node-a", "cluster-password-from") == {"cluster-password-from": told}


async def test_a_new_server_has_the_shipped_password(lab: MakeLab) -> None:
    """Would catch the trap of 30.6.1: the server beside it has a password of its own, the new one has not."""
    nodes = lab("colocated")
    assert await nodes.rows("node-a", "cluster-password-from") == {"default": "property", "backup": "shipped"}


async def test_one_read_is_two_posts_at_most_and_never_sends_an_origin(lab: MakeLab) -> None:
    """Would catch a request for each field, and the header that makes EAP answer 403."""
    pair = lab()
    seen: list[Request] = []
    answer = pair.simulator.answer

    def watched(server: str, request: Request) -> Any:
        seen.append(request)
        return answer(server, request)

    pair.simulator.answer = watched  # type: ignore[method-assign]
    await pair.read("node-a", *ALL)
    proved = [request for request in seen if "authorization" in request.headers]
    assert len(proved) == 2
    assert len(seen) == 4, "each is refused once, to learn the nonce"
    assert all("origin" not in request.headers for request in seen)
    assert {request.target for request in seen} == {"/management"}


@pytest.mark.parametrize("version", ["7.0.0", "7.1.0", "7.2.0"])
async def test_before_7_3_the_synchronisation_is_told_by_the_log_alone(lab: MakeLab, version: str) -> None:
    """Would catch a missing attribute that hides everything else that was asked with it."""
    old = lab(version=version)
    readings = await old.readings("node-b", *ALL)
    unsupported = {item.field for item in readings if item.failure is Failure.NOT_SUPPORTED}
    assert unsupported == {"replica-sync"}
    meaning = next(item.meaning for item in readings if item.field == "replica-sync")
    assert "AMQ221024" in meaning
    assert (await old.read("node-a", "active"))["active"] is True


async def test_the_default_of_check_for_live_server_is_that_of_the_release(lab: MakeLab) -> None:
    """Would catch the trap of 30.3.1: false on EAP 7.0, true since 7.1."""
    assert (await lab(version="7.0.0").read("node-a", "check-for-live-server"))[
        "check-for-live-server"
    ] is False
    assert (await lab(version="7.1.0").read("node-a", "check-for-live-server"))[
        "check-for-live-server"
    ] is True


async def test_wildfly_counts_as_the_eap_built_from_it(lab: MakeLab) -> None:
    """Would catch WildFly 26 compared as if it were newer than EAP 8."""
    wild = lab(start={"product": "WildFly Full"})
    wild.simulator.change(_renamed(wild, "26.1.3"))
    told = await wild.read("node-a", "version", "product")
    assert told == {"version": "7.4.0", "product": "WildFly Full 26.1.3.GA"}


def _renamed(made: Lab, version: str) -> Any:
    world = made.simulator.world
    instances = {name: replace(item, version=version) for name, item in world.instances.items()}
    return replace(world, instances=instances)


async def test_what_is_down_refuses_and_says_what_that_means(lab: MakeLab) -> None:
    """Would catch a stack trace, or a failure without a mend."""
    pair = lab()
    pair.simulator.command("node-a", "kill")
    reading = await pair.failed("node-a")
    assert reading.failure is Failure.REFUSED
    assert "9990" in reading.meaning


async def test_while_it_boots_it_says_so_with_its_retry_after(lab: MakeLab) -> None:
    """Would catch HTTP 503 taken for a broken server in the middle of a reload."""
    pair = lab()
    assert (await pair.send("node-a", ":reload")).result is Result.ACCEPTED
    pair.go(0.5)
    reading = await pair.failed("node-a", "server-state")
    assert reading.failure is Failure.BOOTING
    assert "2 s" in reading.meaning
    pair.go(5)
    assert (await pair.read("node-a", "server-state"))["server-state"] == "running"


@pytest.mark.parametrize(
    ("inject", "failure", "words"),
    [
        ("refuse-management", Failure.REFUSED, "9990"),
        ("wrong-credentials", Failure.WRONG_CREDENTIALS, "add-user.sh"),
        ("http-503", Failure.BOOTING, "boots"),
        ("malformed-body", Failure.MALFORMED, "check url"),
        ("half-answer", Failure.TIMED_OUT, "hangs"),
    ],
)
async def test_every_fault_of_the_management_is_a_typed_reading_with_a_mend(
    lab: MakeLab, inject: str, failure: Failure, words: str
) -> None:
    """Would catch a fault that raises, or that says nothing an operator could do."""
    # Only what never comes is waited for so shortly: a busy host must not make a time-out of the others.
    pair = lab(limit_s=1 if failure is Failure.TIMED_OUT else 30)
    pair.simulator.inject(inject, {"server": "node-a"})
    reading = await pair.failed("node-a")
    assert reading.failure is failure
    assert words in reading.meaning
    pair.simulator.inject("heal-management", {"server": "node-a"})
    assert (await pair.read("node-a", "active"))["active"] is True


async def test_an_unknown_attribute_fails_alone(lab: MakeLab) -> None:
    """Would catch one attribute a release lacks that takes every other reading with it."""
    pair = lab()
    pair.simulator.inject("unknown-attribute", {"server": "node-a"})
    reading = await pair.failed("node-a", "uptime-s")
    assert reading.failure is Failure.NOT_SUPPORTED
    assert "'uptime'" in reading.meaning
    assert "synchronized" not in (await pair.failed("node-a", "active")).meaning


async def test_a_stale_answer_tells_the_past(lab: MakeLab) -> None:
    """Would catch a drill whose stale value is no value of the past."""
    pair = lab()
    pair.simulator.inject("stale", {"server": "node-b"})
    pair.simulator.command("node-a", "kill")
    pair.go(5)
    assert pair.phase("node-b/default") == "live"
    assert (await pair.read("node-b", "active"))["active"] is False


async def test_a_server_without_messaging_says_that_it_is_not_configured(lab: MakeLab) -> None:
    """Would catch the profile standalone.xml reported as a broken server."""
    pair = lab()
    world = pair.simulator.world
    process = world.instances["node-a"]
    bare = {
        address: values
        for address, values in process.stored.items()
        if address[:1] != (("subsystem", "messaging-activemq"),)
    }
    instances = {**world.instances, "node-a": replace(process, stored=bare, running=bare)}
    pair.simulator.change(replace(world, instances=instances))
    reading = await pair.failed("node-a", "active")
    assert reading.failure is Failure.NOT_APPLICABLE
    assert "standalone-full-ha" in reading.meaning
    assert (await pair.read("node-a", "server-state", "active"))["server-state"] == "running"


async def test_a_failure_is_a_reading_of_every_row_that_was_there(lab: MakeLab) -> None:
    """Would catch a row that silently keeps its last value when the server is gone."""
    nodes = lab("colocated")
    client = nodes.client("node-a")
    assert [item.row for item in await client.read(["active"])] == ["default", "backup"]
    nodes.simulator.command("node-a", "kill")
    gone = await client.read(["active"])
    assert [(item.row, item.failure) for item in gone] == [
        ("default", Failure.REFUSED),
        ("backup", Failure.REFUSED),
    ]


async def test_a_missing_cluster_connection_is_no_rows(lab: MakeLab) -> None:
    """Would catch a missing cluster-connection read as unknown instead of as missing."""
    pair = lab("plain")
    line = "/subsystem=messaging-activemq/server=default/cluster-connection=my-cluster:remove"
    assert (await pair.send("node-a", line)).result is Result.ACCEPTED
    assert (await pair.failed("node-a", "cluster-connector")).failure is Failure.NO_ROWS


async def test_an_unknown_field_is_a_reading_too(lab: MakeLab) -> None:
    """Would catch a KeyError at the screen."""
    assert (await lab().failed("node-a", "no-such-field")).failure is Failure.NOT_SUPPORTED


def test_a_line_is_shown_as_it_stands_and_as_the_request_it_becomes(lab: MakeLab) -> None:
    """Would catch an operator who confirms something else than what is sent."""
    line = f"{POLICY}=replication-master:add(cluster-name=my-cluster,group-name=group1)"
    shown = lab().client("node-a").show("cli", {"cli": line})
    assert shown.lines[0] == line
    assert shown.lines[1] == "POST http://node-a:9990/management"
    assert "Authorization: Digest <secret:eap-admin>" in shown.lines
    body = json.loads("\n".join(shown.lines[4:]))
    assert body["operation"] == "add"
    assert body["group-name"] == "group1"


def test_several_lines_are_shown_each_and_sent_as_one(lab: MakeLab) -> None:
    """Would catch a batch shown as one thing and sent as another."""
    lines = [f"{POLICY}=replication-slave:add(group-name={{group}})", ":reload"]
    shown = lab().client("node-a").show("cli", {"cli": "\n".join(lines), "group": "pair 7"})
    assert shown.lines[0] == f"{POLICY}=replication-slave:add(group-name=pair 7)"
    assert shown.lines[1] == ":reload"
    assert json.loads("\n".join(shown.lines[5:]))["operation"] == "composite"


async def test_a_password_is_never_shown_nor_kept_as_evidence(lab: MakeLab) -> None:
    """Would catch a cluster password on the screen or in the signed record."""
    pair, canary = lab(), "canary-91"
    base = "/subsystem=messaging-activemq/server=default"
    line = f"{base}:write-attribute(name=cluster-password,value={canary})"
    assert canary not in "\n".join(pair.client("node-a").show("cli", {"cli": line}).lines)
    assert (await pair.send("node-a", line)).result is Result.ACCEPTED
    answer = await pair.send("node-a", f"{base}:read-resource")
    assert answer.result is Result.ACCEPTED
    assert b"cluster-password" in answer.body
    assert canary.encode() not in answer.body


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (f"{POLICY}=shared-store-slave:write-attribute(name=allow-fail-back,value=true)", "allow-failback"),
        (f"{POLICY}=replication-master:add(check-for-live=true)", "check-for-live-server"),
        (f"{POLICY}=replication-slave:add(allow-failback=maybe)", "true or false"),
        (
            "/subsystem=messaging-activemq/server=default:write-attribute(name=connection-ttl-override,value=0)",
            "-1 (without end) or more than 0",
        ),
        (
            "/subsystem=messaging-activemq/server=default:write-attribute(name=journal-type,value=AIO)",
            "NIO, ASYNCIO",
        ),
        ("/subsystem=messaging-activemq/server=default:add(", "column"),
        ("", "no line"),
    ],
)
async def test_what_cannot_be_is_refused_before_it_is_sent_with_its_range(
    lab: MakeLab, line: str, words: str
) -> None:
    """Would catch a value sent that the product refuses, or worse: leaves out in silence."""
    pair = lab()
    pair.simulator.command("node-a", "kill")  # nothing could be sent
    answer = await pair.send("node-a", line)
    assert answer.result is Result.REFUSED
    assert answer.detail.startswith("not sent")
    assert words in answer.detail


async def test_what_the_product_refuses_is_refused_in_its_words(lab: MakeLab) -> None:
    """Would catch a refusal taken for success because HTTP said something."""
    pair = lab()
    answer = await pair.send("node-a", f"{POLICY}=replication-slave:add")
    assert answer.result is Result.REFUSED
    assert "WFLYMSGAMQ0078: Only one ha-policy child resource is allowed" in answer.detail
    again = await pair.send("node-a", f"{POLICY}=replication-master:add")
    assert "WFLYCTL0212: Duplicate resource" in again.detail


async def test_a_change_that_waits_for_a_reload_says_so(lab: MakeLab) -> None:
    """Would catch a change believed to work before the reload that makes it so."""
    pair = lab("plain")
    answer = await pair.send("node-a", f"{POLICY}=replication-master:add")
    assert answer.result is Result.ACCEPTED
    assert "reload-required" in answer.detail
    assert (await pair.read("node-a", "server-state"))["server-state"] == "reload-required"
    assert (await pair.read("node-a", "ha-policy"))["ha-policy"] == "replication-master"


async def test_half_an_answer_to_an_act_leaves_its_effect_open(lab: MakeLab) -> None:
    """Would catch an act reported as refused although it may have been done."""
    pair = lab("plain", limit_s=0.2)
    pair.simulator.inject("half-answer", {"server": "node-a"})
    assert (await pair.send("node-a", f"{POLICY}=replication-master:add")).result is Result.UNKNOWN


async def test_a_foreign_origin_is_forbidden_as_the_product_forbids_it(lab: MakeLab) -> None:
    """Would catch a simulator that lets pass what a real server answers with 403."""
    pair = lab()
    request = Request(
        "POST", "/management", {"origin": "http://elsewhere", "content-type": "application/json"}, b"{}"
    )
    got = await pair.http.send("http://node-a:9990", request)
    assert isinstance(got, Fetched)
    assert got.status == 403


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        b'{"outcome":"maybe"}',
        b'{"outcome":"success","result":[7]}',
        b'{"outcome":"success","result":{"step-1":[]}}',
        b"\xff",
        b"<html>",
    ],
)
async def test_no_answer_breaks_the_reading(lab: MakeLab, body: bytes) -> None:
    """Would catch an exception at the screen for whatever a proxy may answer."""
    pair = lab()
    pair.simulator.answer = lambda server, request: Response(200, {}, body)  # type: ignore[method-assign]
    for reading in await pair.readings("node-a", *ALL):
        assert reading.value is None
        assert reading.failure is not None
        assert reading.meaning
