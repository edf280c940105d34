"""The simulated administration refuses what a live server refused, by the same codes and words."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.products.amlen.conftest import Lab

from handrail.products.amlen.asking import PLACES, find
from handrail.products.amlen.meaning import of_told
from handrail.products.amlen.wire import decode, told_by
from handrail.products.product import Request

LOGIN = {"authorization": "Basic YWRtaW46Y2FuYXJ5LTQ3LXNlY3JldA=="}
INVALID = "The value specified for the required property is invalid or null."


def ask(lab: Lab, method: str, target: str, body: str = "") -> tuple[int, dict[str, object]]:
    """One request to server a: HTTP status and body."""
    answer = lab.simulator.answer("a", Request(method, target, LOGIN, body.encode()))
    return answer.status, json.loads(answer.body)


@pytest.mark.parametrize(
    ("method", "target", "body", "code", "message"),
    [
        ("POST", "service/restart", '{"Service":"server"}', "CWLNA0134", f"{INVALID} Property: Service Value: server."),
        (
            "POST",
            "service/restart/",
            '{"Service":"Server","Maintenance":"maybe"}',
            "CWLNA0134",
            f"{INVALID} Property: Maintenance Value: maybe.",
        ),
        ("POST", "service/restart", '{"Service":"Server","Foo":1}', "CWLNA0115", "An argument is not valid: Name: Foo."),
        (
            "POST",
            "service/restart",
            '{"Service":"Server","Maintenance":"stop","CleanStore":true}',
            "CWLNA0137",
            'The REST API call: {"Service":"Server","Maintenance":"stop","CleanStore":true} is not valid.',
        ),
        ("POST", "service/restart", '{"Maintenance":"stop"}', "CWLNA0137", "The REST API call: /ima/v1/service/restart is not valid."),
        ("POST", "service/restart", "", "CWLNA0137", "The REST API call: /ima/v1/service/restart is not valid."),
        ("GET", "service/restart", "", "CWLNA0137", "The REST API call: /ima/v1/service/restart is not valid."),
        ("POST", "service/status", "", "CWLNA0137", "The REST API call: /ima/v1/service/status is not valid."),
        ("GET", "service/status/Nothing", "", "CWLNA0137", "The REST API call: /ima/v1/service/status/Nothing is not valid."),
        ("POST", "service/restart", '{"Service":', "CWLNA6001", "parse error"),
        (
            "POST",
            "configuration",
            '{"HighAvailability":{"DiscoveryTimeout":5}}',
            "CWLNA0112",
            'The property value is not valid: Property: DiscoveryTimeout Value: "5".',
        ),
        (
            "POST",
            "configuration",
            '{"HighAvailability":{"StartupMode":"Foo"}}',
            "CWLNA0112",
            'The property value is not valid: Property: StartupMode Value: "Foo".',
        ),
    ],
)  # fmt: skip
def test_a_bad_request_is_http_400_with_its_code(
    method: str, target: str, body: str, code: str, message: str, lab: Callable[..., Lab]
) -> None:
    """Would catch another code, other words, a 404 or 405, or a world that changed all the same."""
    pair = lab()
    before = pair.simulator.world
    assert ask(pair, method, f"/ima/v1/{target}", body) == (
        400,
        {"Version": "v1", "Code": code, "Message": message},
    )
    assert pair.simulator.world == before


def test_the_log_tells_the_refusals_that_the_real_log_told(lab: Callable[..., Lab]) -> None:
    """Would catch words of CWLNA6129 that differ from the recorded ones."""
    pair = lab()
    ask(pair, "GET", "/ima/v1/service/restart")
    ask(pair, "POST", "/ima/v1/configuration", '{"HighAvailability":{"DiscoveryTimeout":5}}')
    told = [line[25:] for line in pair.simulator.lines("a", 0)]
    start = "Admin        AdminIOP   CWLNA6129 E: The Amlen Server encountered an error while processing an administration request. "
    assert told[0] == told[1]
    assert told[0] == (
        start
        + 'The error code is 137. The error string is "The REST API call: /ima/v1/service/restart is not valid.".'
    )
    assert told[2] == (
        start + "The error code is 112. The error string is "
        r'"The property value is not valid: Property: DiscoveryTimeout Value: \"5\".".'
    )


def test_a_service_can_be_asked_alone(lab: Callable[..., Lab]) -> None:
    """Would catch sections left out or added: `Server` answers the container too."""
    pair = lab()
    assert list(ask(pair, "GET", "/ima/v1/service/status/Server")[1]) == ["Version", "Server", "Container"]
    assert list(ask(pair, "GET", "/ima/v1/service/status/Cluster")[1]) == ["Version", "Cluster"]
    assert list(ask(pair, "GET", "/ima/v1/service/status")[1]) == [
        *("Version", "Server", "Container", "HighAvailability", "Cluster", "Plugin", "MQConnectivity", "SNMP")
    ]


def test_each_known_refusal_says_what_to_do() -> None:
    """Would catch a code passed on without its mend."""
    for code in ("CWLNA0112", "CWLNA0137", "CWLNA0384", "CWLNA0387", "CWLNA6121"):
        told = told_by({"Code": code, "Message": "words"})
        assert told is not None
        assert of_told(told).startswith(f"{code} words: ")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["Server", "HighAvailability", "Endpoint", "Code", "Message"]), JSON))
def test_no_answer_makes_the_reader_raise(answer: dict[str, object]) -> None:
    """Would catch an exception on JSON of any shape: each field is a value of its type, or unread."""
    told_by(answer)
    for place in PLACES.values():
        find(place, answer)


@given(st.binary(max_size=200))
def test_bytes_are_an_object_or_a_sentence(data: bytes) -> None:
    """Would catch anything but ValueError for an answer that is no JSON object."""
    try:
        told = decode(data)
    except ValueError as problem:
        told = {"why not": str(problem)}
    assert told != {"why not": ""}
