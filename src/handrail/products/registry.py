"""The products handrail knows, each loaded when first asked for, and the client of an inventory's server."""

from __future__ import annotations

import importlib
from functools import lru_cache
from typing import cast

from handrail.clock import Clock
from handrail.errors import HandrailError
from handrail.inventory.credentials import resolve
from handrail.inventory.model import Server
from handrail.procedure.fields import Fields
from handrail.products.exchange import Fetcher
from handrail.products.names import PRODUCTS
from handrail.products.product import Client, Product


class UnknownProduct(HandrailError):
    """Something names a product there is no client for."""

    exit_status = 2


@lru_cache
def product(name: str) -> Product:
    """The product of this name; raises UnknownProduct."""
    if name not in PRODUCTS:
        raise UnknownProduct(f"there is no product {name}", f"known: {', '.join(PRODUCTS)}")
    return cast("Product", importlib.import_module(f"handrail.products.{name}.product").PRODUCT)


def client_for(server: Server, fields: Fields, http: Fetcher, clock: Clock) -> Client:
    """The server's client, its secret resolved now; raises SecretMissing, UnknownProduct.

    Resolving may run a command such as `pass show`, so this must not be called in an event loop.
    """
    if server.product not in PRODUCTS:
        raise UnknownProduct(
            f"{server.name}: there is no client for {server.product}", f"known: {', '.join(PRODUCTS)}"
        )
    secret = resolve(server.password) if server.password is not None else ""
    return product(server.product).client(server, secret, fields, http, clock)
