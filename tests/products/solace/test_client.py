"""The client against the simulated brokers over real HTTP bytes: readings, failures, operations."""

from __future__ import annotations

import asyncio

import pytest
from tests.products.solace.conftest import CANARY, Make

from handrail.procedure.fields import Fields
from handrail.products.product import Request, Response, Result
from handrail.products.solace import asking
from handrail.products.solace.operations import OPERATIONS
from handrail.products.solace.state import Role, Side, Xa
from handrail.readings import Failure

VPN = "Trading_VPN"
MANY = [{"name": VPN, "clients": 2}, {"prefix": "vpn-", "count": 250, "clients": 1}]


def test_every_field_can_be_asked_and_no_other_is_promised(fields: Fields) -> None:
    """Would catch a procedure that waits for a field nobody reads."""
    assert {field.name for field in fields} == set(asking.fields())


async def test_every_value_has_the_type_its_field_promises(make: Make) -> None:
    """Would catch a bool read as a string, which no expectation would ever meet."""
    lab = make(vpns=[{"name": VPN, "clients": 2, "transactions": ["x-1"]}])
    for server in ("ny-1", "ny-2", "bos-1"):
        readings = await lab.read(server, *asking.fields())
        assert {item.field for item in readings} == set(asking.fields())
        for item in readings:
            if item.failure is None:
                assert item.value is not None
                assert lab.fields[item.field].accepts(item.value), item
                assert bool(item.row) == lab.fields[item.field].rows, item
            else:
                assert item.failure in (Failure.NOT_APPLICABLE, Failure.NO_ROWS), item
                assert item.meaning


async def test_a_degraded_active_vpn_reads_as_a_real_one_does(make: Make) -> None:
    """The payload captured from a real broker: its own bridge is left out, and that is no 'down'."""
    lab = make("failed")
    await lab.do("bos-1", "set-replication-role", row=VPN, role="active")
    lab.go(10)
    expected = {
        "replication-enabled": True,
        "replication-role": "active",
        "sync-eligible": False,
        "remote-bridge-up": False,
        "queue-bound": False,
        "queue-quota-mb": 60000,
        "reject-when-ineligible": False,
        "transaction-mode": "async",
        "vpn-state": "up",
        "backlog": 1000,
    }
    for name, value in expected.items():
        assert await lab.value("bos-1", name, VPN) == value, name
    for name in ("bridge-up", "bridge-bound"):
        assert (await lab.one("bos-1", name, VPN)).failure is Failure.NOT_APPLICABLE


async def test_a_standby_vpn_says_nothing_of_eligibility(make: Make) -> None:
    """Would catch the '-' under S read as 'no', or worse as 'yes'."""
    lab = make()
    for name in ("sync-eligible", "remote-bridge-up", "queue-bound"):
        assert (await lab.one("bos-1", name, VPN)).failure is Failure.NOT_APPLICABLE
    assert await lab.value("bos-1", "bridge-up", VPN) is True
    assert await lab.value("bos-1", "vpn-state", VPN) == "standby"


async def test_hundreds_of_vpns_come_page_by_page(make: Make) -> None:
    """Would catch a broker's default page of ten taken for all there is."""
    lab = make(vpns=MANY)
    for name in ("replication-role", "backlog", "config-sync", "replication-enabled"):
        rows = [item.row for item in await lab.read("bos-1", name)]
        assert len(set(rows)) == len(rows) == 251, name
    assert await lab.value("ny-1", "app-clients") == 252
    assert await lab.value("bos-1", "vpns-standby") == 251


async def test_fields_of_replication_have_rows_where_replication_is_enabled(make: Make) -> None:
    """Would catch a VPN without replication in the list of those to be made active."""
    lab = make(vpns=[{"name": VPN}, {"name": "default", "replicated": False}])
    assert {item.row for item in await lab.read("bos-1", "replication-role")} == {VPN}
    assert {item.row for item in await lab.read("bos-1", "replication-enabled")} == {VPN, "default"}


async def test_a_list_without_entries_is_no_failure_to_read(make: Make) -> None:
    """Would catch 'no prepared transaction' shown as a fault of the connection."""
    lab = make()
    assert (await lab.one("ny-1", "transaction-state")).failure is Failure.NO_ROWS
    alone = make(vpns=[{"name": "default", "replicated": False}])
    assert (await alone.one("ny-1", "replication-role")).failure is Failure.NO_ROWS


async def test_transactions_are_rows_of_vpn_and_xid(make: Make) -> None:
    """Would catch two VPNs' transactions of one name run together."""
    lab = make(
        vpns=[{"name": "Trading VPN", "transactions": ["x-1"]}, {"name": "b", "transactions": ["x-1"]}]
    )
    lab.go(30)
    rows = {item.row: item.value for item in await lab.read("ny-1", "transaction-state")}
    assert rows == {"Trading VPN x-1": "prepared", "b x-1": "prepared"}
    assert await lab.value("ny-1", "transaction-age-s", "b x-1") == 30


@pytest.mark.parametrize(
    ("situation", "server", "told"),
    [
        ("healthy", "ny-1", ("Local Active", "Shutdown", "AD-Active", "Up", True)),
        ("healthy", "ny-2", ("Shutdown", "Mate Active", "AD-Standby", "Up", False)),
        ("failed", "bos-1", ("Local Active", "Shutdown", "AD-Active", "Down", True)),
    ],
)
async def test_redundancy_reads_as_captured(
    make: Make, situation: str, server: str, told: tuple[object, ...]
) -> None:
    """Would catch a standby node taken for a failed one."""
    lab = make(situation)
    names = ("primary-activity", "backup-activity", "spool-status", "redundancy-status", "guaranteed-active")
    assert tuple([await lab.value(server, name) for name in names]) == told


async def test_a_spool_that_is_not_ready_reads_as_in_the_document(make: Make) -> None:
    """Would catch step 4-2 passing on 'Local Inactive' and 'AD-NotReady'."""
    lab = make("failed", roles={"failed": "ny-1", "standby": "bos-1"})
    lab.inject("spool-not-ready", reason="Disk not ready")
    lab.inject("site-up")
    lab.go(60)
    assert await lab.value("ny-1", "primary-activity") == "Local Inactive"
    assert await lab.value("ny-1", "spool-status") == "AD-NotReady"
    assert await lab.value("ny-1", "spool-failure") == "Disk not ready"
    assert await lab.value("ny-1", "guaranteed") == "not-ready"
    assert await lab.value("ny-1", "guaranteed-active") is False


@pytest.mark.parametrize(
    ("inject", "failure", "words"),
    [
        ("refuse-management", Failure.REFUSED, "the broker is down or still booting"),
        ("wrong-credentials", Failure.WRONG_CREDENTIALS, "look at the inventory's reference"),
        ("no-permission", Failure.WRONG_CREDENTIALS, "access level"),
        ("http-503", Failure.BOOTING, "wait"),
        ("half-answer", Failure.TIMED_OUT, "no whole answer"),
        ("stall", Failure.TIMED_OUT, "may still serve its local clients"),
        ("malformed", Failure.MALFORMED, "not JSON"),
    ],
)
async def test_every_failure_is_a_reading_with_its_meaning(
    make: Make, inject: str, failure: Failure, words: str
) -> None:
    """Would catch a failure shown bare, as another one, or as an exception."""
    # Only what never comes is waited for so shortly: a busy host must not make a time-out of the others.
    lab = make(limit_s=0.2 if failure is Failure.TIMED_OUT else 30)
    lab.inject(inject)
    reading = await lab.one("ny-1", "replication-role")
    assert reading.failure is failure
    assert words in reading.meaning
    assert CANARY not in reading.meaning


async def test_semp_v1_refuses_with_http_200(make: Make) -> None:
    """Would catch a permission error of the XML interface read as an empty, good answer."""
    lab = make()
    lab.inject("no-permission")
    for name in ("spool-status", "version", "backlog", "app-clients"):
        reading = await lab.one("ny-1", name)
        assert reading.failure is Failure.WRONG_CREDENTIALS, name
        assert "global read-only" in reading.meaning


async def test_an_attribute_a_release_lacks_spoils_no_other(make: Make) -> None:
    """SEMP refuses a whole select for one name it does not know."""
    lab = make()
    lab.inject("unknown-attribute")
    names = ("sync-eligible", "replication-role", "reject-on-discard")
    readings = {item.field: item for item in await lab.read("ny-1", *names)}
    assert readings["sync-eligible"].failure is Failure.NOT_SUPPORTED
    assert "replicationSyncEligible" in readings["sync-eligible"].meaning
    assert (readings["replication-role"].value, readings["reject-on-discard"].value) == ("active", True)


async def test_a_stale_answer_is_what_it_was(make: Make) -> None:
    """Would catch an inject that changes nothing: the guard against stale values could not be drilled."""
    lab = make()
    lab.inject("stale", server="bos-1")
    await lab.do("bos-1", "set-replication-role", row=VPN, role="active")
    assert await lab.value("bos-1", "replication-role", VPN) == "standby"
    lab.inject("heal-management", server="bos-1")
    assert await lab.value("bos-1", "replication-role", VPN) == "active"


async def test_a_site_cut_off_is_not_heard_at_all(make: Make) -> None:
    """Would catch 'refused', which would say that the host is there and the broker is not."""
    lab = make("isolated", limit_s=0.1)
    assert (await lab.one("ny-1", "replication-role")).failure is Failure.TIMED_OUT


async def test_a_booting_broker_refuses_then_says_503_then_answers(make: Make) -> None:
    """Would catch a boot that looks like a broker with odd values."""
    lab = make("failed")
    assert (await lab.one("ny-1", "version")).failure is Failure.REFUSED
    lab.inject("start", server="ny-1")
    lab.go(11)
    assert (await lab.one("ny-1", "version")).failure is Failure.BOOTING
    lab.go(10)
    assert await lab.value("ny-1", "version") == "10.25.0"
    assert await lab.value("ny-1", "spool-status") == "AD-NotReady"


async def test_the_health_check_is_asked_without_a_log_in(make: Make) -> None:
    """Would catch the password sent in clear to a port that never asks for one."""
    lab = make()
    sent: list[Request] = []
    answer = lab.simulator.answer

    def noted(server: str, request: Request) -> Response:
        sent.append(request)
        return answer(server, request)

    lab.simulator.answer = noted  # type: ignore[method-assign]
    assert await lab.value("ny-1", "guaranteed-active") is True
    assert [request.target for request in sent] == ["/health-check/guaranteed-active"]
    assert "authorization" not in sent[0].headers


async def test_an_unknown_field_is_a_reading_too(make: Make) -> None:
    """Would catch a KeyError at the screen."""
    assert (await make().one("ny-1", "no-such")).failure is Failure.NOT_SUPPORTED


def test_an_operation_is_shown_as_the_documents_lines_and_as_the_request(make: Make) -> None:
    """The step 1 of the document, word for word; the password stands nowhere."""
    shown = make().client("bos-1").show("set-replication-role", {"row": VPN, "role": "active"})
    assert shown.lines == (
        "bos-1(configure)# message-vpn Trading_VPN",
        "bos-1(configure/message-vpn)# replication state active",
        "PATCH http://bos-1:8080/SEMP/v2/config/msgVpns/Trading_VPN",
        "Authorization: <secret:solace-admin>",
        '{"replicationRole":"active"}',
    )


@pytest.mark.parametrize(
    ("operation", "arguments", "line", "request_line"),
    [
        (
            "reject-msg-to-sender-on-discard",
            {"row": VPN, "state": "off"},
            "(configure/message-vpn/replication/queue)# no reject-msg-to-sender-on-discard",
            "PATCH http://bos-1:8080/SEMP/v2/config/msgVpns/Trading_VPN",
        ),
        (
            "msg-backbone",
            {"state": "shutdown"},
            "(configure)# service msg-backbone shutdown",
            "PATCH http://bos-1:8080/SEMP/v2/config/",
        ),
        (
            "complete-transaction",
            {"row": "Trading_VPN x/1#a", "option": "rollback"},
            "(admin/message-spool)# rollback-transaction xid x/1#a",
            "PUT http://bos-1:8080/SEMP/v2/action/msgVpns/Trading_VPN/transactions/x%2F1%23a/rollback",
        ),
        (
            "delete-transaction",
            {"row": "Trading_VPN x-1"},
            "(admin/message-spool)# delete-transaction xid x-1",
            "PUT http://bos-1:8080/SEMP/v2/action/msgVpns/Trading_VPN/transactions/x-1/delete",
        ),
        (
            "disconnect-client",
            {"row": "Trading_VPN app%201"},
            "(admin/client)# disconnect",
            "PUT http://bos-1:8080/SEMP/v2/action/msgVpns/Trading_VPN/clients/app%201/disconnect",
        ),
    ],
)
def test_every_other_operation_too(
    make: Make, operation: str, arguments: dict[str, str], line: str, request_line: str
) -> None:
    """Would catch a command of the document that becomes another request than it says."""
    lines = make().client("bos-1").show(operation, arguments).lines
    assert any(shown.endswith(line) for shown in lines), lines
    assert request_line in lines


def test_lines_given_by_a_procedure_become_the_same_request(make: Make) -> None:
    """Would catch arguments pasted into a line: a VPN's name stays one word."""
    client = make().client("bos-1")
    given = {"cli": "message-vpn {row}\nreplication state {role}", "row": "Trading VPN", "role": "active"}
    shown = client.show("cli", given)
    assert shown.lines[0] == 'bos-1(configure)# message-vpn "Trading VPN"'
    assert (
        shown.lines[2:]
        == client.show("set-replication-role", {"row": "Trading VPN", "role": "active"}).lines[2:]
    )


async def test_the_whole_way_of_an_operation(make: Make) -> None:
    """Would catch an operation that is accepted and does nothing."""
    lab = make(vpns=[{"name": VPN, "transactions": ["x-1"]}])
    assert (await lab.do("ny-1", "set-replication-role", row=VPN, role="standby")).result is Result.ACCEPTED
    assert lab.vpn(Side.FAILED).role is Role.STANDBY
    await lab.do("ny-1", "complete-transaction", row=f"{VPN} x-1", option="commit")
    assert (lab.vpn(Side.FAILED).transactions[0].state, lab.vpn(Side.FAILED).transactions[0].how) == (
        Xa.COMPLETE,
        "commit",
    )
    await lab.do("ny-1", "delete-transaction", row=f"{VPN} x-1")
    assert lab.vpn(Side.FAILED).transactions == ()
    await lab.do("ny-1", "reject-msg-to-sender-on-discard", row=VPN, state="off")
    assert lab.vpn(Side.FAILED).reject_on_discard is False
    await lab.do("ny-1", "msg-backbone", state="shutdown")
    assert lab.simulator.world.brokers["ny-1"].backbone is False
    assert lab.simulator.world.brokers["ny-2"].backbone is True, "no other node follows"
    await lab.do("ny-1", "msg-backbone", state="no shutdown")
    assert lab.simulator.world.brokers["ny-1"].backbone is True


async def test_a_change_of_one_attribute_leaves_the_others_alone(make: Make) -> None:
    """Would catch a PUT, which would reset the VPN to its defaults."""
    lab = make(vpns=[{"name": VPN, "quota_mb": 777, "reject_when_ineligible": True}])
    await lab.do("ny-1", "set-replication-role", row=VPN, role="standby")
    after = lab.vpn(Side.FAILED)
    assert (after.quota_mb, after.reject_when_ineligible, after.enabled) == (777, True, True)


@pytest.mark.parametrize(
    ("operation", "arguments", "words"),
    [
        ("set-replication-role", {"row": VPN, "role": "master"}, "it can be active, standby"),
        ("set-replication-role", {"row": "*", "role": "active"}, "no wildcards"),
        ("set-replication-role", {"row": "v" * 33, "role": "active"}, "1 to 32 characters"),
        ("set-replication-role", {"role": "active"}, "needs row"),
        ("complete-transaction", {"row": f"{VPN} x-1", "option": "leave"}, "it can be commit, rollback"),
        ("complete-transaction", {"row": f"{VPN} *", "option": "commit"}, "no wildcards"),
        ("delete-transaction", {"row": "x-1"}, "written as the VPN's name"),
        ("msg-backbone", {"state": "down"}, "it can be shutdown, no shutdown"),
        ("no-such", {}, "is not known so"),
        ("cli", {"cli": "message-vpn {row}", "row": VPN}, "no such lines are known here"),
        ("cli", {"cli": "message-vpn {vpn}\nreplication state active"}, "no argument vpn"),
        ("cli", {"cli": "message-vpn x{row}\nreplication state active", "row": VPN}, "a whole word"),
    ],
)
async def test_what_cannot_be_meant_is_not_sent(
    make: Make, operation: str, arguments: dict[str, str], words: str
) -> None:
    """Would catch a wildcard that commits every transaction, or a value the broker has to refuse."""
    lab = make(vpns=[{"name": VPN, "transactions": ["x-1"]}])
    before = lab.simulator.world
    answer = await lab.do("ny-1", operation, **arguments)
    assert answer.result is Result.REFUSED
    assert words in answer.detail
    assert answer.detail.startswith("not sent")
    assert lab.simulator.world is before


async def test_a_refusal_is_told_in_the_brokers_words(make: Make) -> None:
    """Would catch HTTP 400 shown as a number: the code inside says what it is."""
    lab = make(vpns=[{"name": VPN, "transactions": ["x-1"]}])
    for operation, arguments, words in (
        ("set-replication-role", {"row": "no_such", "role": "active"}, "no such object"),
        ("delete-transaction", {"row": f"{VPN} x-1"}, "not heuristically completed"),
    ):
        answer = await lab.do("ny-1", operation, **arguments)
        assert (answer.result, words in answer.detail) == (Result.REFUSED, True), answer.detail
    lab.inject("vpn-busy", vpn=VPN, for_s=10)
    answer = await lab.do("ny-1", "set-replication-role", row=VPN, role="standby")
    assert answer.result is Result.REFUSED
    assert "busy reconciling" in answer.detail
    lab.go(11)
    assert (await lab.do("ny-1", "set-replication-role", row=VPN, role="standby")).result is Result.ACCEPTED


async def test_no_answer_leaves_the_effect_unknown(make: Make) -> None:
    """Would catch a stalled answer told as a refusal, after which it would be sent again."""
    lab = make(limit_s=0.1)
    lab.inject("half-answer")
    answer = await lab.do("ny-1", "set-replication-role", row=VPN, role="standby")
    assert answer.result is Result.UNKNOWN
    assert lab.vpn(Side.FAILED).role is Role.STANDBY, "it did take effect"
    lab.inject("site-down")
    assert (await lab.do("ny-1", "msg-backbone", state="shutdown")).result is Result.REFUSED


def test_each_operation_says_how_often_it_may_be_sent() -> None:
    """Would catch a heuristic decision that is repeated."""
    assert OPERATIONS["complete-transaction"].repeat == "never"
    assert {item.repeat for item in OPERATIONS.values()} == {"safe", "check-first", "never"}


async def test_a_broker_that_does_not_answer_is_asked_one_thing(make: Make) -> None:
    """Would catch a site cut off that is asked a dozen questions, each of which waits for its time limit."""
    lab = make("isolated", limit_s=0.1)
    asked: list[Request] = []
    answer = lab.simulator.answer

    def noted(server: str, request: Request) -> Response:
        asked.append(request)
        return answer(server, request)

    lab.simulator.answer = noted  # type: ignore[method-assign]
    names = ("version", "spool-status", "replication-role", "backlog", "app-clients", "msg-backbone")
    readings = await lab.read("ny-1", *names)
    assert {item.failure for item in readings} == {Failure.TIMED_OUT}
    assert [item.field for item in readings] == list(names)
    assert len(asked) == 1


async def test_a_site_cut_off_takes_no_connection_from_the_other(make: Make) -> None:
    """Would catch the surviving site read as timed out because the failed one hangs."""
    lab = make("isolated", limit_s=1.0)
    hanging = [asyncio.create_task(lab.read("ny-1", "replication-role")) for _ in range(20)]
    await asyncio.sleep(0.01)
    assert await lab.value("bos-1", "spool-status") == "AD-Active"
    for task in hanging:
        task.cancel()
    await asyncio.gather(*hanging, return_exceptions=True)


async def test_the_release_is_in_the_head_of_any_reply(make: Make) -> None:
    """Would catch a request spent on what every answer of SEMP v1 says already."""
    lab = make()
    asked: list[Request] = []
    answer = lab.simulator.answer

    def noted(server: str, request: Request) -> Response:
        asked.append(request)
        return answer(server, request)

    lab.simulator.answer = noted  # type: ignore[method-assign]
    readings = await lab.read("ny-1", "version", "spool-status")
    assert {item.field: item.value for item in readings} == {
        "version": "10.25.0",
        "spool-status": "AD-Active",
    }
    assert len(asked) == 1
