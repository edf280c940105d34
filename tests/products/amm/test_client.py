"""The client sees whether an AMM answers, says what it means when not, and claims nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.products.amm.conftest import Lab

from handrail.products.amm.product import PRODUCT
from handrail.products.product import Result
from handrail.readings import Failure


async def test_an_amm_that_shows_its_login_is_reachable(lab: Callable[..., Lab]) -> None:
    """Would catch a healthy AMM called unreachable."""
    assert (await lab().read("a")).value is True


async def test_a_refused_login_is_an_answer(lab: Callable[..., Lab]) -> None:
    """Would catch 401 taken for an AMM that is down: no credentials are sent, so it may well ask for them."""
    pair = lab()
    pair.simulator.inject("wrong-credentials", {"server": "a"})
    assert (await pair.read("a")).value is True


@pytest.mark.parametrize(
    ("inject", "failure", "mend"),
    [
        ("refuse-management", Failure.REFUSED, "upgrading or down"),
        ("http-503", Failure.BOOTING, "wait"),
        ("half-answer", Failure.TIMED_OUT, "firewall"),
        ("garbage", Failure.MALFORMED, "see host and port"),
        ("unknown-attribute", Failure.MALFORMED, "give that address"),
    ],
)
async def test_each_wrong_answer_is_a_typed_reading_with_its_mend(
    inject: str, failure: Failure, mend: str, lab: Callable[..., Lab]
) -> None:
    """Would catch an exception, or `reachable` read from what is no AMM."""
    # Only what never comes is waited for so shortly: a busy host must not make a time-out of the others.
    pair = lab(limit_s=1 if failure is Failure.TIMED_OUT else 30)
    pair.simulator.inject(inject, {"server": "a"})
    reading = await pair.read("a")
    assert reading.value is None
    assert reading.failure is failure
    assert mend in reading.meaning
    pair.simulator.inject("heal-management", {"server": "a"})
    assert (await pair.read("a")).value is True


async def test_a_kept_page_is_a_stale_answer(lab: Callable[..., Lab]) -> None:
    """Would catch the drill of a proxy that answers for a dead AMM being impossible."""
    pair = lab()
    pair.simulator.inject("stale", {"server": "b"})
    pair.simulator.command("b", "stop")
    assert (await pair.read("b")).value is True
    pair.simulator.inject("heal-management", {"server": "b"})
    assert (await pair.read("b")).failure is Failure.REFUSED


async def test_nothing_but_reachability_is_read(lab: Callable[..., Lab]) -> None:
    """Would catch an HA status invented by the client: it must say that only the page tells it."""
    told = await lab().client("a").read(["reachable", "ha-status", "version"])
    assert [reading.failure for reading in told] == [None, Failure.NOT_SUPPORTED, Failure.NOT_SUPPORTED]
    assert "pages" in told[1].meaning


async def test_no_operation_is_ever_sent(lab: Callable[..., Lab]) -> None:
    """Would catch a request made up for a product without an interface."""
    client = lab().client("a")
    answer = await client.perform("apply", {})
    assert answer.result is Result.REFUSED
    assert "by hand" in answer.detail
    with pytest.raises(KeyError):
        client.show("apply", {})


async def test_an_upgrading_amm_is_booting(lab: Callable[..., Lab]) -> None:
    """Would catch an upgrade in progress taken for an AMM that is lost."""
    pair = lab(package="2.18.0")
    pair.type("a", "upgrade 2.18.0")
    assert (await pair.read("a")).failure is Failure.BOOTING
    pair.go(70)
    assert (await pair.read("a")).value is True


def test_the_product_is_whole() -> None:
    """Would catch a product the registry could not hold."""
    server, password = PRODUCT.drill_server("amm-a")
    assert (server.url, server.user, password) == ("http://amm-a", None, "")
    assert {"cut-link", "misleading-draft", "apply-fails", "files-missing"} <= set(PRODUCT.injects())
