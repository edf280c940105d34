"""The client against the simulator over real HTTP bytes: readings, failures with meaning, operations."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from tests.products.amlen.conftest import CANARY, Lab

from handrail.products.amlen.asking import PLACES
from handrail.products.amlen.operations import OPERATIONS
from handrail.products.amlen.product import PRODUCT
from handrail.products.product import Result
from handrail.readings import Failure, Value


async def test_a_healthy_pair_reads_as_recorded(lab: Callable[..., Lab]) -> None:
    """Would catch a field taken from the wrong key: the values are those of the recorded pair."""
    pair = lab(messages=1)
    first, second = await pair.read("a"), await pair.read("b")
    assert (first["state"], first["role"], first["old-role"]) == (1, "PRIMARY", "PRIMARY")
    assert (second["state"], second["role"], second["old-role"]) == (10, "STANDBY", "UNSYNC")
    for told in (first, second):
        assert (told["active-nodes"], told["sync-nodes"], told["sync-percent"]) == (2, 2, -1)
        assert (told["ha-enabled"], told["ha-status"], told["reason-code"]) == (True, "Active", 0)
        assert (told["error-code"], told["error-message"], told["reason"]) == (0, "", "")
        assert told["version"] == "1.1dev local"
    assert first["uid"] == second["uid"], "both servers of a pair tell the primary's UID"
    assert (first["primary-last-time"] != "", second["primary-last-time"]) == (True, "")


async def test_every_field_of_the_file_is_read_and_has_its_type(lab: Callable[..., Lab]) -> None:
    """Would catch a field that stands in fields.toml and cannot be asked, or the other way round."""
    pair = lab()
    assert {field.name for field in pair.fields} == set(PLACES)
    for reading in await pair.client("a").read(sorted(PLACES)):
        assert reading.value is not None, reading.field
        assert pair.fields[reading.field].accepts(reading.value), reading.field
        assert bool(reading.row) == pair.fields[reading.field].rows


async def test_all_fields_take_three_requests(lab: Callable[..., Lab]) -> None:
    """Would catch a client that asks field by field."""
    pair = lab()
    asked = pair.overhear()
    await pair.read("a")
    assert sorted(request.target for request in asked) == [
        "/ima/v1/configuration/Endpoint",
        "/ima/v1/configuration/HighAvailability",
        "/ima/v1/service/status/",
    ]


async def test_no_role_can_be_told_in_maintenance(lab: Callable[..., Lab]) -> None:
    """Would catch UNKNOWN turned into a role, or into a failure."""
    told = await lab("standby-in-maintenance").read("b")
    assert (told["state"], told["role"], told["active-nodes"]) == (9, "UNKNOWN", 0)


async def test_with_high_availability_off_its_fields_do_not_apply(lab: Callable[..., Lab]) -> None:
    """Would catch a missing key read as empty, 0 or false."""
    pair = lab()
    pair.simulator.inject("settings", {"server": "a", "enable": False})
    pair.simulator.inject("restart", {"server": "a"})
    pair.go(15)
    reading = await pair.failed("a", "role")
    assert reading.failure is Failure.NOT_APPLICABLE
    assert "EnableHA" in reading.meaning
    assert (await pair.read("a", "ha-enabled", "ha-status")) == {
        "ha-enabled": False,
        "ha-status": "Inactive",
    }


@pytest.mark.parametrize(
    ("inject", "failure", "mend"),
    [
        ("refuse-management", Failure.REFUSED, "systemctl start imaserver"),
        ("http-503", Failure.BOOTING, "ask again"),
        ("wrong-credentials", Failure.WRONG_CREDENTIALS, "AdminUserPassword"),
        ("half-answer", Failure.TIMED_OUT, "firewall"),
        ("garbage", Failure.MALFORMED, "ask again"),
        ("unknown-attribute", Failure.NOT_SUPPORTED, "release"),
    ],
)
async def test_each_wrong_answer_is_a_typed_reading_with_its_mend(
    inject: str, failure: Failure, mend: str, lab: Callable[..., Lab]
) -> None:
    """Would catch an exception, a value out of nothing, or a failure nobody can act on."""
    # Only what never comes is waited for so shortly: a busy host must not make a time-out of the others.
    pair = lab(limit_s=1 if failure is Failure.TIMED_OUT else 30)
    pair.simulator.inject(inject, {"server": "a"})
    reading = await pair.failed("a")
    assert reading.failure is failure
    assert mend in reading.meaning
    pair.simulator.inject("heal-management", {"server": "a"})
    assert (await pair.read("a", "state")) == {"state": 1}


async def test_a_stale_answer_is_betrayed_by_its_uptime(lab: Callable[..., Lab]) -> None:
    """Would catch a simulated staleness that changes with the world, and so teaches nothing."""
    pair = lab()
    pair.simulator.inject("stale", {"server": "b"})
    pair.simulator.inject("restart", {"server": "b", "maintenance": True})
    pair.go(2)
    assert await pair.read("b", "state", "role") == {"state": 10, "role": "STANDBY"}
    pair.simulator.inject("heal-management", {"server": "b"})
    assert await pair.read("b", "state") == {"state": 2}


async def test_a_changed_password_is_named_and_never_shown(lab: Callable[..., Lab]) -> None:
    """Would catch a secret in a reading, a shown line or an answer."""
    pair = lab()
    reading = await pair.failed("a", credentials=lambda: ("admin", "old-" + CANARY))
    assert reading.failure is Failure.WRONG_CREDENTIALS
    shown = pair.client("a").show("clean-store", {})
    answer = await pair.client("a").perform("clean-store", {})
    texts = [reading.meaning, reading.source, *shown.lines, answer.detail, answer.body.decode()]
    assert not [text for text in texts if CANARY in text]
    assert "Authorization: <secret:amlen-admin>" in shown.lines


async def test_an_unknown_field_is_a_reading_too(lab: Callable[..., Lab]) -> None:
    """Would catch a KeyError at the screen."""
    assert (await lab().failed("a", "no-such-field")).failure is Failure.NOT_SUPPORTED


@pytest.mark.parametrize("name", sorted(OPERATIONS))
async def test_what_is_shown_is_what_is_sent(name: str, lab: Callable[..., Lab]) -> None:
    """Would catch a preview that differs from the request: the body shown, taken from its lines, is the body sent."""
    pair = lab("both-in-maintenance")
    sent = pair.overhear()
    arguments: dict[str, Value] = {"DiscoveryTimeout": 120} if name == "configure-ha" else {}
    shown = pair.client("a").show(name, arguments)
    accepted = await pair.client("a").perform(name, arguments)
    assert accepted.result is Result.ACCEPTED
    [request] = sent
    assert shown.lines[0] == f"POST http://a:9089{request.target}"
    assert json.loads("".join(shown.lines[3:])) == json.loads(request.body)


async def test_accepted_is_not_done(lab: Callable[..., Lab]) -> None:
    """Would catch CWLNA6011 taken for the end: for 3 s the old status is told, then nobody listens, then it is."""
    pair = lab()
    answer = await pair.tell("b", "maintenance-start")
    assert "CWLNA6011" in answer.detail
    assert "nothing is done" in answer.detail
    assert await pair.read("b", "state", "role") == {"state": 2, "role": "STANDBY"}
    pair.go(5)
    assert (await pair.failed("b")).failure is Failure.REFUSED
    pair.go(7)
    told = await pair.read("b", "state", "uptime-s")
    assert (told["state"], told["uptime-s"]) == (9, 1)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"DiscoveryTimeout": 9}, "10 or more"),
        ({"HeartbeatTimeout": 0}, "1 or more"),
        ({"StartupMode": "Foo"}, "AutoDetect or StandAlone"),
        ({"PreferredPrimary": "yes"}, "true or false"),
        ({"Group": "g" * 129}, "1 to 128"),
        ({"Port": 9089}, "known: EnableHA"),
        ({"LocalDiscoveryNIC": ""}, "at least one property"),
        ({}, "at least one property"),
    ],
)
async def test_a_value_out_of_range_is_refused_before_it_is_sent(
    arguments: dict[str, Value], words: str, lab: Callable[..., Lab]
) -> None:
    """Would catch a bad value that reaches the server, or a refusal without the range."""
    pair = lab()
    before = pair.simulator.world
    answer = await pair.client("a").perform("configure-ha", arguments)
    assert answer.result is Result.REFUSED
    assert answer.detail.startswith("not sent: ")
    assert words in answer.detail
    assert pair.simulator.world is before
    assert pair.log("a") == ""


async def test_a_setting_is_told_at_once_and_works_from_the_next_start(lab: Callable[..., Lab]) -> None:
    """Would catch a setting that takes effect without a restart, or one lost by it."""
    pair = lab("both-in-maintenance", discovery_timeout=60)
    await pair.tell("a", "configure-ha", DiscoveryTimeout=20, PreferredPrimary=False)
    assert await pair.read("a", "discovery-timeout-s") == {"discovery-timeout-s": 20}
    await pair.tell("a", "maintenance-stop")
    pair.go(12)
    assert await pair.states() == [(11, "UNSYNC"), (9, "UNKNOWN")]
    pair.go(20)
    assert await pair.states() == [(9, "HADISABLED"), (9, "UNKNOWN")]


async def test_an_act_on_a_dead_server_is_known_not_to_be_sent(lab: Callable[..., Lab]) -> None:
    """Would catch 'unknown' where nothing can have arrived: the operator would have to find out."""
    pair = lab("standby-down")
    answer = await pair.client("b").perform("maintenance-start", {})
    assert answer.result is Result.REFUSED
    assert answer.detail.startswith("not sent: ")


async def test_an_act_without_answer_is_unknown(lab: Callable[..., Lab]) -> None:
    """Would catch a restart called refused although it may have begun."""
    pair = lab(limit_s=0.2)
    pair.simulator.inject("half-answer", {"server": "b"})
    answer = await pair.client("b").perform("maintenance-start", {})
    assert answer.result is Result.UNKNOWN
    pair.simulator.inject("heal-management", {"server": "b"})
    assert await pair.read("b", "state") == {"state": 2}, "it had arrived"


async def test_a_server_without_a_user_is_sent_no_credentials(lab: Callable[..., Lab]) -> None:
    """Would catch an Authorization header shown or sent where authentication is off, as it is by default."""
    shown = lab().client("a", credentials=None).show("restart", {})
    assert not [line for line in shown.lines if "Authorization" in line]


def test_the_product_is_whole() -> None:
    """Would catch a product the registry could not hold."""
    server, password = PRODUCT.drill_server("amlen-a")
    assert (server.url, server.user, password) == ("http://amlen-a:9089", "admin", "admin")
    assert PRODUCT.command_words("a", "start") == "systemctl start imaserver"
    assert {"refuse-management", "http-503", "wrong-credentials", "half-answer", "stale"} <= set(
        PRODUCT.injects()
    )
