"""Jolokia's bytes and JMX's names: what goes out comes in again, and odd answers are refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handrail.products.artemis.mbeans import (
    broker_mbean,
    broker_name,
    canonical,
    covers,
    property_of,
    queue_mbean,
    quoted,
    unquoted,
)
from handrail.products.artemis.wire import (
    Entry,
    Execute,
    Fault,
    Read,
    ReadSeveral,
    Search,
    Value,
    decode_answers,
    decode_path,
    decode_request,
    encode,
    encode_answer,
)

words = st.text(st.characters(blacklist_categories=["Cs"]), max_size=30)
entries = st.one_of(
    st.builds(Read, words, words),
    st.builds(Search, words),
    st.builds(Execute, words, words, st.tuples(st.integers(-5, 5), words, st.booleans())),
)


@given(words)
def test_a_quoted_name_comes_back(name: str) -> None:
    """Queue names hold commas, quotes, stars and backslashes."""
    assert unquoted(quoted(name)) == name
    assert broker_name(broker_mbean(name)) == name


@given(words, words, words)
def test_the_queue_is_found_in_its_object_name(broker: str, address: str, queue: str) -> None:
    """A queue named like a property of an object name must not be taken for one."""
    mbean = queue_mbean(broker, address, "anycast", queue)
    assert property_of(mbean, "queue") == queue
    assert broker_name(mbean) is None


def test_a_name_in_canonical_order_is_understood() -> None:
    """Jolokia sorts the properties of the names it answers."""
    mbean = (
        'org.apache.activemq.artemis:address="a,queue=x",broker="b",component=addresses,'
        'queue="orders",routing-type="anycast",subcomponent=queues'
    )
    assert property_of(mbean, "queue") == "orders"


@given(st.lists(entries, max_size=6))
def test_requests_come_back_from_their_bytes(sent: list[Entry]) -> None:
    """The simulator understands exactly what the client sends."""
    assert decode_request(encode(sent)) == (sent, True)


@given(
    st.lists(
        st.one_of(
            st.builds(Value, st.integers(-(2**63), 2**63 - 1) | words),
            st.builds(Fault, st.integers(300, 599), words, words),
        )
    )
)
def test_answers_come_back_from_their_bytes(given_answers: list[Value | Fault]) -> None:
    """And the client exactly what the simulator answers."""
    body = json.dumps([encode_answer(Search("x"), item, 1) for item in given_answers]).encode()
    if any(
        isinstance(item, Value) and isinstance(item.value, int) and abs(item.value) > 10**19
        for item in given_answers
    ):
        return
    assert decode_answers(body, len(given_answers)) == given_answers


def test_one_refusal_stands_for_every_entry() -> None:
    """A foreign Origin is answered with one object, whatever was asked."""
    body = b'{"error_type":"java.lang.Exception","error":"Origin null is not allowed","status":403}'
    assert decode_answers(body, 3) == [Fault(403, "java.lang.Exception", "Origin null is not allowed")] * 3


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"{}",
        b"1",
        b"null",
        b"[1]",
        b"[{}]",
        b'[{"status":true}]',
        b'[{"status":200}]',
        b'{"status":200,"value":1}',
    ],
)
def test_answers_that_do_not_fit_are_refused(body: bytes) -> None:
    """An answer to another question must not be read as one to ours."""
    with pytest.raises(ValueError):
        decode_answers(body, 1)


def test_a_pattern_covers_what_jmx_says() -> None:
    """A simulator that covers more or less than a real broker would rehearse the wrong thing."""
    queue = queue_mbean("b", "a", "anycast", "x,*")
    assert canonical(queue).index("address=") < canonical(queue).index("subcomponent=")
    every = 'org.apache.activemq.artemis:broker="b",component=addresses,subcomponent=queues,*'
    assert covers(every, queue)
    assert covers(every, canonical(queue))
    assert not covers(every, broker_mbean("b"))
    assert not covers(every.replace('"b"', '"c"'), queue)
    assert covers("org.apache.activemq.artemis:broker=*", broker_mbean("b"))
    assert not covers("org.apache.activemq.artemis:broker=*", queue)
    assert not covers("java.lang:*", queue)


@pytest.mark.parametrize(
    ("target", "entry"),
    [
        ("/console/jolokia/read/d:b=%22x%22/Active", Read('d:b="x"', "Active")),
        ("/console/jolokia/read/d:b=%22x!/y%22/A,B?p=1", ReadSeveral('d:b="x/y"', ("A", "B"))),
        ("/console/jolokia/exec/d:b=1/op()/one/two", Execute("d:b=1", "op()", ("one", "two"))),
        ("/console/jolokia/search/d:*", Search("d:*")),
        ("/console/jolokia/", None),
    ],
)
def test_what_curl_gets_is_understood(target: str, entry: Entry | None) -> None:
    """People try the simulator with the GET of the product's own documentation."""
    assert decode_path(target) == entry
