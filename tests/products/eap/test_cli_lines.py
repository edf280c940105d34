"""Lines of jboss-cli: every line of the document, the round trip, and text that is no line."""

from __future__ import annotations

import contextlib
import json
import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from handrail.products.eap.cli_lines import Arguments, NotALine, parse, parse_lines, render
from handrail.products.eap.dmr import Dmr, Operation, composite, from_json, server_address

DEFAULT = server_address()

LINES = [
    ("/subsystem=messaging-activemq/server=default/ha-policy=replication-master:add", {}),
    (
        "/subsystem=messaging-activemq/server=default/ha-policy=replication-master:add(check-for-live-server=true,"
        "cluster-name=my-cluster,group-name=group1)",
        {"check-for-live-server": True, "cluster-name": "my-cluster", "group-name": "group1"},
    ),
    (
        "/subsystem=messaging-activemq/server=default/ha-policy=POLICY:write-attribute(name=ATTRIBUTE,value=VALUE)",
        {"name": "ATTRIBUTE", "value": "VALUE"},
    ),
    (
        "/subsystem=messaging-activemq/server=default/path=journal-directory:write-attribute(name=path,"
        "value=/PATH/TO/shared/journal-A)",
        {"name": "path", "value": "/PATH/TO/shared/journal-A"},
    ),
    (
        "/subsystem=messaging-activemq/server=backup/broadcast-group=bg-group1:add(connectors=[http-connector],"
        "jgroups-cluster=activemq-cluster)",
        {"connectors": ["http-connector"], "jgroups-cluster": "activemq-cluster"},
    ),
    (
        "/subsystem=messaging-activemq/server=default/connection-factory=RemoteConnectionFactory:"
        "write-attribute(name=reconnect-attempts,value=<NEW_VALUE>)",
        {"name": "reconnect-attempts", "value": "<NEW_VALUE>"},
    ),
    (":reload", {}),
    (":read-resource(recursive=true)", {"recursive": True}),
    (":shutdown(restart=true,suspend-timeout=60)", {"restart": True, "suspend-timeout": 60}),
]


@pytest.mark.parametrize(("line", "parameters"), LINES)
def test_the_documents_lines_become_their_requests(line: str, parameters: dict[str, Dmr]) -> None:
    """Would catch a line of the document that is refused, or sent as something else."""
    operation = parse(line)
    assert operation.parameters == parameters
    assert operation.name == line.rpartition(":")[2].partition("(")[0]
    assert render(operation) == line


def test_the_request_is_the_json_the_product_takes() -> None:
    """Would catch parameters put into a member of their own: they stand beside operation and address."""
    line = "/subsystem=messaging-activemq/server=default:read-attribute(name=active)"
    assert parse(line).as_json() == {
        "operation": "read-attribute",
        "address": [{"subsystem": "messaging-activemq"}, {"server": "default"}],
        "name": "active",
    }


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("30000L", 30000),
        ("-1", -1),
        ("1.5", 1.5),
        ("true", True),
        ("undefined", None),
        ('"true"', "true"),
        ('"a \\"b\\" \\\\ c"', 'a "b" \\ c'),
        ('[a,"b c",3]', ["a", "b c", 3]),
        ("[]", []),
        ("{a=b,c=[1,2]}", {"a": "b", "c": [1, 2]}),
        ('{"a" => "b"}', {"a": "b"}),
        (
            "${jboss.messaging.cluster.password:CHANGE ME!!}",
            {"EXPRESSION_VALUE": "${jboss.messaging.cluster.password:CHANGE ME!!}"},
        ),
        ("1.2.3", "1.2.3"),
        ("tcp://host:61616?ha=true&a=1", "tcp://host:61616?ha=true&a=1"),
    ],
)
def test_values_are_read_by_their_kind(text: str, value: Dmr) -> None:
    """Would catch a number sent as a string, or a path taken apart at its signs."""
    assert parse(f"/a=b:add(x={text})").parameters == {"x": value}


@pytest.mark.parametrize(
    "line",
    [
        "",
        "reload",
        "/subsystem",
        "/subsystem=:add",
        "/a=b",
        "/a=b:",
        "/a=b:add(",
        "/a=b:add(x)",
        "/a=b:add(x=)",
        "/a=b:add(x=1,)",
        "/a=b:add(x=1,x=2)",
        "/a=b:add(x=1) and more",
        '/a=b:add(x="open)',
        "/a=b:add(x=[1,2)",
        "/a=b:add(x=${open)",
        "/a=b:add(x={there is none})",
        "/a=b:add(operation=x)",
        "/a=b:add(x=" + "[" * 60 + "]" * 60 + ")",
    ],
)
def test_what_is_no_line_is_refused_with_where(line: str) -> None:
    """Would catch half a line sent as if it were whole."""
    with pytest.raises(NotALine) as problem:
        parse(line)
    assert str(problem.value)


def test_an_argument_becomes_a_value_and_never_text_of_the_line() -> None:
    """Would catch a typed value that ends the line and begins another operation."""
    hostile = 'x),cluster-name=evil"'
    line = (
        "/subsystem=messaging-activemq/server={server}/ha-policy=replication-master:add(group-name={group})"
    )
    operation = parse(line, {"group": hostile, "server": "default"})
    assert operation.parameters == {"group-name": hostile}
    assert operation.address[1] == ("server", "default")
    assert parse(render(operation)) == operation


def test_arguments_keep_their_type_alone_and_join_within_a_word() -> None:
    """Would catch a number that arrives as a string, or a path joined wrongly."""
    line = ":write-attribute(name={attribute},value={value},path={base}/journal-A)"
    given: Arguments = {"attribute": "reconnect-attempts", "value": -1, "base": "/srv/shared store"}
    assert parse(line, given).parameters == {
        "name": "reconnect-attempts",
        "value": -1,
        "path": "/srv/shared store/journal-A",
    }
    with pytest.raises(NotALine, match="no argument value"):
        parse(line, {"attribute": "x", "base": "y"})


def test_several_lines_are_one_composite() -> None:
    """Would catch a batch of which half takes effect."""
    text = "/a=b:add(x=1)\n\n# a comment\n/a=c:add(x=1,\\\n   y=2)\n"
    operations = parse_lines(text)
    assert [operation.parameters for operation in operations] == [{"x": 1}, {"x": 1, "y": 2}]
    body = composite(operations).as_json()
    assert body["operation"] == "composite"
    assert body["steps"] == [operation.as_json() for operation in operations]


NAMES = st.text(min_size=1, max_size=12)
SCALARS = st.none() | st.booleans() | st.integers(-(10**18), 10**18) | st.text(max_size=20)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(NAMES.filter(lambda n: n != "EXPRESSION_VALUE"), inner, max_size=3)
    ),
    max_leaves=8,
)
OPERATIONS = st.builds(
    Operation,
    st.text(string.ascii_lowercase + "-", min_size=1, max_size=10),
    st.lists(st.tuples(NAMES, NAMES), max_size=3).map(tuple),
    st.dictionaries(NAMES.filter(lambda name: name not in ("operation", "address")), VALUES, max_size=3),
)


@given(OPERATIONS)
@example(Operation("a", (), {"0": {"0": ">"}}))
def test_every_operation_survives_the_way_through_a_line(operation: Operation) -> None:
    """Would catch any name or value that a rendered line would tell differently."""
    assert parse(render(operation)) == operation


@given(OPERATIONS)
def test_every_operation_survives_the_way_through_json(operation: Operation) -> None:
    """Would catch client and simulator reading one body as two things."""
    assert from_json(json.loads(json.dumps(operation.as_json()))) == operation


@given(st.text(max_size=60))
def test_no_text_breaks_the_parser(text: str) -> None:
    """Would catch an exception of another kind at what an operator may paste."""
    with contextlib.suppress(NotALine):
        parse(text)
