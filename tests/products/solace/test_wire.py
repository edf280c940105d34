"""SEMP v1 and v2 as bytes: what is asked, what is understood, what is refused as no answer at all."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handrail.products.solace import rows, rpc, semp

NAME = st.text(min_size=1, max_size=32)


def test_a_target_is_written_as_the_broker_wants_it() -> None:
    """Would catch %2C in a select, a bare # in a path, or an escaped comma of a composite key."""
    assert (
        semp.target("monitor", "msgVpns", "a b", "queues", "#Q", select=["msgs.count", "maxMsgSpoolUsage"])
        == "/SEMP/v2/monitor/msgVpns/a%20b/queues/%23Q?select=msgs.count,maxMsgSpoolUsage"
    )
    assert semp.target("monitor", "bridges", "#B,auto") == "/SEMP/v2/monitor/bridges/%23B,auto"
    assert semp.target("monitor", "clients", where="clientUsername!=#*", count=100) == (
        "/SEMP/v2/monitor/clients?where=clientUsername!=%23*&count=100"
    )
    assert semp.target("config") == "/SEMP/v2/config/"


@given(
    st.lists(NAME.filter(lambda text: "/" not in text.strip("/") and text.strip("/")), min_size=1, max_size=4)
)
def test_any_name_survives_the_way_to_the_broker(path: list[str]) -> None:
    """Would catch a VPN name that changes on the way: another VPN would be made active."""
    asked = semp.decode_request(semp.target("config", *path))
    assert asked is not None
    assert asked.path == tuple(path)


@given(NAME.filter(lambda text: text.strip(" ")), NAME.filter(bool))
def test_a_row_of_two_parts_comes_apart_again(vpn: str, thing: str) -> None:
    """Would catch an XID or a client with a space that ends up in the VPN's name."""
    assert rows.split(rows.join(vpn, thing)) == (vpn, thing)


def test_the_next_page_is_asked_of_the_same_broker() -> None:
    """Would catch a cursor that sends the log-in to another host or path."""
    page = semp.encode(
        "GET", "/x", [{"a": 1}], (), "http://elsewhere:1/SEMP/v2/monitor/msgVpns?cursor=7&count=100"
    )
    told = semp.decode(page)
    assert isinstance(told, semp.Told)
    assert told.next_target == "/SEMP/v2/monitor/msgVpns?cursor=7&count=100"
    outside = semp.decode(semp.encode("GET", "/x", [], (), "http://elsewhere/other?cursor=7"))
    assert isinstance(outside, semp.Told)
    assert outside.next_target is None


def test_a_refusal_is_known_by_its_code() -> None:
    """Would catch 'not found' taken for a good, empty answer: it comes with HTTP 400."""
    body = semp.encode_refusal("GET", "/x", semp.Refusal(6, "no such", "NOT_FOUND"))
    assert semp.decode(body) == semp.Refusal(6, "no such", "NOT_FOUND")


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"data":{}}', b'{"meta":1}', b"<html>", b"\xff", b'{"meta":NaN}']
)
def test_what_is_no_answer_of_semp_v2_is_one_sentence(body: bytes) -> None:
    """Would catch an exception of another kind, which would reach the screen."""
    with pytest.raises(ValueError, match="the answer"):
        semp.decode(body)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(0, 9) | st.text(max_size=4),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["meta", "data", "error", "paging", "collections", "code", "nextPageUri", "count", "msgs"]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=20,
    )
)
def test_any_json_is_understood_or_refused(value: object) -> None:
    """Would catch a hostile envelope that raises something else."""
    try:
        told = semp.decode(json.dumps(value).encode())
    except ValueError:
        return
    assert isinstance(told, semp.Told | semp.Refusal)


REPLY = '<rpc-reply semp-version="soltr/10_25_0VMR"><rpc><show><a>1</a></show></rpc>{}</rpc-reply>'
OK = '<execute-result code="ok"/>'


def test_a_reply_of_semp_v1_is_what_stands_below_show() -> None:
    """Would catch a result element that is not looked at."""
    reply = rpc.decode(REPLY.format(OK).encode())
    assert isinstance(reply, rpc.Reply)
    assert (rpc.text(reply.shown, "a"), rpc.text(reply.shown, "b"), reply.more) == ("1", None, None)


@pytest.mark.parametrize(
    ("inside", "kind"),
    [
        ('<execute-result code="fail" reason="no such"/>', "execute-result"),
        ("<parse-error>bad</parse-error>", "parse-error"),
        ("<permission-error>no</permission-error>", "permission-error"),
        ("<limit-error>many</limit-error>", "limit-error"),
    ],
)
def test_errors_of_semp_v1_are_found_under_http_200(inside: str, kind: str) -> None:
    """Would catch any of the four ways in which the XML interface says no."""
    refusal = rpc.decode(f"<rpc-reply>{inside}</rpc-reply>".encode())
    assert isinstance(refusal, rpc.RpcRefusal)
    assert refusal.kind == kind


def test_the_rest_of_a_long_list_is_asked_with_the_brokers_own_words() -> None:
    """Would catch a cookie that is dropped: VPNs beyond the first page would be missing."""
    more = "<more-cookie><rpc><show><queue><name>#Q</name></queue></show></rpc></more-cookie>"
    reply = rpc.decode(REPLY.format(more + OK).encode())
    assert isinstance(reply, rpc.Reply)
    assert reply.more == b"<rpc><show><queue><name>#Q</name></queue></show></rpc>"


BOMB = b'<!DOCTYPE a [<!ENTITY a "x"><!ENTITY b "&a;&a;">]><rpc-reply>&b;</rpc-reply>'


@pytest.mark.parametrize(
    "body",
    [b"", BOMB, b"<a>" * 50_000, b"\xff\xfe", b'<?xml version="1.0" encoding="nope"?><a/>', b"<a/>", b"{}"],
)
def test_what_is_no_reply_of_semp_v1_is_one_sentence(body: bytes) -> None:
    """Would catch an entity bomb, a deep nest, or an exception of another kind."""
    with pytest.raises(ValueError, match="answer"):
        rpc.decode(body)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_reply_or_none(body: bytes) -> None:
    """Would catch a byte that raises something else."""
    with pytest.raises(ValueError):
        rpc.decode(body)


@pytest.mark.parametrize(
    ("load", "release"),
    [("soltr_10.25.0.217", "10.25.0"), ("soltr/10_25_0VMR", "10.25.0"), ("broker/10.25.24.8245", "10.25.24")],
)
def test_a_release_is_found_in_every_way_it_is_written(load: str, release: str) -> None:
    """Would catch a version that cannot be compared, so that no wording of it is known."""
    assert rpc.release(load) == release
