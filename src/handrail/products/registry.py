"""Which client speaks to a server of the inventory, by its product."""

from __future__ import annotations

from handrail.clock import Clock
from handrail.errors import HandrailError
from handrail.inventory.credentials import resolve
from handrail.inventory.model import Server
from handrail.procedure.fields import Fields
from handrail.products.artemis.asking import DEFAULT_CLUSTER_USER
from handrail.products.artemis.client import ArtemisClient
from handrail.products.exchange import Fetcher
from handrail.products.product import Client

PRODUCTS = ("artemis",)
DEFAULT_ORIGIN = "http://localhost"


class UnknownProduct(HandrailError):
    """The inventory names a product there is no client for."""

    exit_status = 2


def client_for(server: Server, fields: Fields, http: Fetcher, clock: Clock) -> Client:
    """The server's client, its secret resolved now; raises SecretMissing, UnknownProduct.

    Resolving may run a command such as `pass show`, so this must not be called in an event loop.
    """
    if server.product != "artemis":
        raise UnknownProduct(
            f"{server.name}: there is no client for {server.product}", f"known: {', '.join(PRODUCTS)}"
        )
    secret = resolve(server.password) if server.password is not None else ""
    user = server.user
    return ArtemisClient(
        server.name,
        server.url,
        origin=server.origin or DEFAULT_ORIGIN,
        credentials=None if user is None else lambda: (user, secret),
        credentials_ref=str(server.password) if server.password is not None else "",
        fields=fields,
        http=http,
        clock=clock,
        broker_name=server.broker,
        cluster_user=server.cluster_user or DEFAULT_CLUSTER_USER,
    )
