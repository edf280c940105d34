"""The management model: what is read, added, written and refused, in the product's own words."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.products.eap.conftest import Lab

from handrail.procedure.versions import Version
from handrail.products.eap import refusals
from handrail.products.eap.cli_lines import parse
from handrail.products.eap.dmr import from_json
from handrail.products.eap.managing import Managed
from handrail.products.eap.profile import standalone_full_ha
from handrail.products.eap.refusals import Refused
from handrail.products.eap.resources import POLICIES
from handrail.products.eap.tree import Done, Tree

MakeLab = Callable[..., Lab]
BASE = "/subsystem=messaging-activemq/server=default"
EAP_7_4 = Version(7, 4)


def perform(*lines: str, release: Version = EAP_7_4) -> Done:
    """The last of these lines, done to a fresh instance."""
    done = Done(standalone_full_ha())
    for line in lines:
        done = Tree(done.model, release, lambda *_: None).perform(parse(line))
    return done


def refused(*lines: str, release: Version = EAP_7_4) -> str:
    """What the product says to the last of these lines."""
    with pytest.raises(Refused) as problem:
        perform(*lines, release=release)
    return str(problem.value)


def test_a_policy_added_with_defaults_reads_back_as_the_document_shows() -> None:
    """Would catch another default than 30.2's output: true, undefined, undefined, 30000L."""
    policy = f"{BASE}/ha-policy=replication-master"
    told = perform(f"{policy}:add", f"{policy}:read-resource").result
    assert told == {
        "check-for-live-server": True,
        "cluster-name": None,
        "group-name": None,
        "initial-replication-sync-timeout": 30000,
    }


@pytest.mark.parametrize(
    ("policy", "defaults"),
    [
        (
            "replication-slave",
            {"allow-failback": True, "max-saved-replicated-journal-size": 2, "restart-backup": True},
        ),
        ("shared-store-master", {"failover-on-server-shutdown": False}),
        (
            "shared-store-slave",
            {"allow-failback": True, "failover-on-server-shutdown": False, "restart-backup": True},
        ),
    ],
)
def test_the_tables_defaults_are_the_models(policy: str, defaults: dict[str, Any]) -> None:
    """Would catch a default of tables 30.2 to 30.4 that the simulator has otherwise."""
    there = f"{BASE}/ha-policy={policy}"
    told = perform(f"{there}:add", f"{there}:read-resource").result
    assert isinstance(told, dict)
    assert defaults.items() <= told.items()


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([f"{BASE}/ha-policy=replication-master:read-resource"], "WFLYCTL0216: Management resource '[\n"),
        ([f"{BASE}/ha-policy=no-such:add"], "WFLYCTL0030"),
        ([f"{BASE}/ha-policy=live-only:add", f"{BASE}/ha-policy=live-only:add"], "WFLYCTL0212"),
        (
            [f"{BASE}/ha-policy=replication-master:add", f"{BASE}/ha-policy=replication-slave:add"],
            "WFLYMSGAMQ0078: Only one ha-policy child resource is allowed, found children: "
            "[replication-master, replication-slave]",
        ),
        (
            [f"{BASE}/ha-policy=live-only:add", f"{BASE}/ha-policy=live-only:dance"],
            "WFLYCTL0031: No operation named 'dance'",
        ),
        ([f"{BASE}:write-attribute(name=active,value=true)"], "WFLYCTL0048"),
        ([f"{BASE}:write-attribute(name=no-such,value=true)"], "WFLYCTL0201: Unknown attribute 'no-such'"),
        ([f"{BASE}:read-attribute(name=no-such)"], "WFLYCTL0201"),
        (
            [f"{BASE}:write-attribute(name=journal-type,value=AIO)"],
            "WFLYCTL0248: Invalid value AIO for journal-type; legal values are [NIO, ASYNCIO]",
        ),
        (
            [f"{BASE}:write-attribute(name=persistence-enabled,value=perhaps)"],
            "WFLYCTL0097: Wrong type for 'persistence-enabled'. Expected [BOOLEAN] but was STRING",
        ),
        (
            [f"{BASE}:write-attribute(name=connection-ttl-override,value=0)"],
            "WFLYMSGAMQ0036: Illegal value 0 for element connection-ttl-override",
        ),
        ([f"{BASE}/http-connector=x:add(endpoint=y)"], "WFLYCTL0155: 'socket-binding' may not be null"),
        (
            ["/socket-binding-group=standard-sockets/socket-binding=x:add(port=70000)"],
            "WFLYCTL0116: 70000 is an invalid value for parameter port",
        ),
        (["/subsystem=messaging-activemq/server=none/ha-policy=live-only:add"], "WFLYCTL0216"),
        (
            [
                f"{BASE}/connection-factory=RemoteConnectionFactory:write-attribute(name=initial-connect-attempts,value=3)"
            ],
            "WFLYCTL0201",
        ),
        ([f"{BASE}:write-attribute(name=journal-min-files,value=1)"], "WFLYCTL0117"),
    ],
)
def test_what_cannot_be_is_refused_in_the_products_words(lines: list[str], words: str) -> None:
    """Would catch a drill that accepts what a real server refuses."""
    assert words in refused(*lines)


def test_add_leaves_out_in_silence_what_it_does_not_know() -> None:
    """Would catch a simulator stricter than HTTP is: only the vendor's own command line checks the names."""
    policy = f"{BASE}/ha-policy=shared-store-slave"
    told = perform(
        f"{policy}:add(allow-fail-back=false)", f"{policy}:read-attribute(name=allow-failback)"
    ).result
    assert told is True


def test_text_that_reads_as_a_value_is_one() -> None:
    """Would catch a number refused because the command line sent it quoted."""
    line = f'{BASE}:write-attribute(name=connection-ttl-override,value="5000")'
    assert perform(line, f"{BASE}:read-attribute(name=connection-ttl-override)").result == 5000


def test_undefine_takes_an_attribute_back_to_its_default() -> None:
    """Would catch an attribute that cannot be taken back."""
    write = f"{BASE}:write-attribute(name=connection-ttl-override,value=5000)"
    undo = f"{BASE}:undefine-attribute(name=connection-ttl-override)"
    assert perform(write, undo, f"{BASE}:read-attribute(name=connection-ttl-override)").result == -1


def test_a_new_messaging_server_has_its_four_paths() -> None:
    """Would catch the colocation steps failing at path=...:write-attribute."""
    told = perform(
        "/subsystem=messaging-activemq/server=backup:add",
        "/subsystem=messaging-activemq/server=backup:read-children-names(child-type=path)",
    ).result
    assert told == ["bindings-directory", "journal-directory", "large-messages-directory", "paging-directory"]


def test_children_are_read_whole_as_the_resource_itself_tells_them() -> None:
    """Would catch the operation everybody types for the queues refused as unknown, at the console and over HTTP."""
    one = perform(f"{BASE}/cluster-connection=my-cluster:read-resource").result
    assert perform(f"{BASE}:read-children-resources(child-type=cluster-connection)").result == {
        "my-cluster": one
    }
    deep = "recursive=true,recursive-depth=1"
    whole = perform(f"{BASE}:read-resource({deep})").result
    above = "/subsystem=messaging-activemq:read-children-resources"
    assert perform(f"{above}(child-type=server,{deep})").result == {"default": whole}
    with pytest.raises(Refused, match="WFLYCTL0202"):
        perform(f"{BASE}:read-children-resources(child-type=queues)")
    with pytest.raises(Refused, match="child-type"):
        perform(f"{BASE}:read-children-resources")


def test_the_messages_of_all_queues_are_read_at_once(lab: MakeLab) -> None:
    """Would catch runtime attributes left out although they were asked for."""
    line = f"{BASE}:read-children-resources(child-type=jms-queue,include-runtime=true)"
    told: Any = manage(lab(), line).result
    counted = {name: queue["message-count"] for name, queue in told.items()}
    assert counted == {"DLQ": 0, "ExpiryQueue": 0, "invoices": 30, "orders": 120}


def test_since_eap_8_a_new_messaging_server_needs_an_elytron_domain() -> None:
    """Would catch 30.6.1's command rehearsed as if it were taken: WildFly refuses it as it stands (WFLYCTL0369)."""
    new = Version(8, 0)
    add = "/subsystem=messaging-activemq/server=backup:add"
    with pytest.raises(Refused, match="WFLYCTL0369"):
        perform(add, release=new)
    assert perform(f"{add}(elytron-domain=ApplicationDomain)", release=new).result is None


def test_since_eap_8_both_names_of_a_policy_are_one() -> None:
    """Would catch the renamed policies of WildFly 27: old names are taken, new ones told."""
    new = Version(8, 0)
    told = perform(
        f"{BASE}/ha-policy=replication-master:add",
        f"{BASE}:read-children-names(child-type=ha-policy)",
        release=new,
    ).result
    assert told == ["replication-primary"]
    there = f"{BASE}/ha-policy=replication-primary:read-attribute(name=check-for-live-server)"
    assert perform(f"{BASE}/ha-policy=replication-master:add", there, release=new).result is True


def test_a_read_of_many_tells_each_with_its_address() -> None:
    """Would catch the shape a wildcard answer has: a list, an outcome for each."""
    told = perform("/subsystem=messaging-activemq/server=*:read-attribute(name=cluster-user)").result
    assert told == [
        {
            "address": [{"subsystem": "messaging-activemq"}, {"server": "default"}],
            "outcome": "success",
            "result": "ACTIVEMQ.CLUSTER.ADMIN.USER",
        }
    ]
    assert perform("/subsystem=messaging-activemq/server=*/ha-policy=*:read-resource").result == []


def manage(pair: Lab, line: str) -> Managed:
    """One line on node-a."""
    return pair.simulator.manage("node-a", parse(line))


def test_a_composite_takes_effect_whole_or_not_at_all(lab: MakeLab) -> None:
    """Would catch half a batch that stays."""
    pair = lab("plain")
    steps = [f"{BASE}/ha-policy=replication-master:add", f"{BASE}/ha-policy=replication-master:add"]
    body = {"operation": "composite", "address": [], "steps": [parse(line).as_json() for line in steps]}
    done = pair.simulator.manage("node-a", from_json(json.loads(json.dumps(body))))
    assert isinstance(done.failure, dict)
    [(head, steps_failed)] = done.failure.items()
    assert head.startswith("WFLYCTL0062: Composite operation failed and was rolled back")
    assert list(steps_failed) == ["Operation step-2"]
    assert manage(pair, f"{BASE}:read-children-names(child-type=ha-policy)").result == []


def test_a_passive_server_refuses_runtime_operations(lab: MakeLab) -> None:
    """Would catch a connection list of a backup: WFLYMSGAMQ0066."""
    pair = lab()
    done = pair.simulator.manage("node-b", parse(f"{BASE}:list-connection-ids"))
    assert "WFLYMSGAMQ0066" in str(done.failure)


def test_force_failover_makes_a_shared_store_backup_live(lab: MakeLab) -> None:
    """Would catch force-failover that obeys failover-on-server-shutdown."""
    pair = lab(mode="shared-store")
    assert manage(pair, f"{BASE}:force-failover").failure is None
    pair.go(10)
    assert pair.phase("node-b/default") == "live"


@given(st.sampled_from(sorted(POLICIES)), st.data())
def test_every_value_is_kept_or_refused(policy: str, data: st.DataObject) -> None:
    """Would catch an exception of another kind at a value somebody may write."""
    kind = POLICIES[policy]
    attribute = data.draw(st.sampled_from(kind.attributes))
    value = data.draw(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False)
        | st.text()
        | st.lists(st.text())
    )
    with contextlib.suppress(Refused):
        refusals.value_for(attribute, value)
