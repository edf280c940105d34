"""A deliberately plain Jolokia client for the lab, independent of the client under test."""

from __future__ import annotations

import base64
import http.client
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

PATH = "/console/jolokia/"
LIMIT_S = 5.0


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what came back, as bytes; `failure` instead of an answer when there was none."""

    request: Any
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    failure: str = ""

    def json(self) -> Any:
        """The answer as JSON; raises ValueError when it is not."""
        return json.loads(self.body)


Listener = Callable[[Exchange], None]


@dataclass
class Jolokia:
    """POSTs to one broker's management address on loopback."""

    port: int
    broker: str
    user: str
    password: str
    origin: str | None = "http://localhost"

    @property
    def mbean(self) -> str:
        """The broker's object name; the quotes belong to it."""
        return f'org.apache.activemq.artemis:broker="{self.broker}"'

    def anonymous(self, request: Any) -> Exchange:
        """Send one request without credentials."""
        return self._send(request, {"Origin": self.origin or ""})

    def post(self, request: Any, *, password: str | None = None, origin: str | None = "") -> Exchange:
        """Send one request; an empty `origin` means the usual one, None means no header at all."""
        chosen = self.origin if origin == "" else origin
        token = base64.b64encode(f"{self.user}:{password or self.password}".encode()).decode()
        headers = {"Authorization": f"Basic {token}"}
        if chosen is not None:
            headers["Origin"] = chosen
        return self._send(request, headers)

    def _send(self, request: Any, extra: Mapping[str, str]) -> Exchange:
        headers = {"Content-Type": "application/json", **extra}
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LIMIT_S)
        try:
            link.request("POST", PATH, body=json.dumps(request), headers=headers)
            answer = link.getresponse()
            return Exchange(request, answer.status, dict(answer.getheaders()), answer.read())
        except ConnectionRefusedError:
            return Exchange(request, failure="refused")
        except TimeoutError:
            return Exchange(request, failure="timed-out")
        except (OSError, http.client.HTTPException) as broken:
            return Exchange(request, failure=type(broken).__name__)
        finally:
            link.close()

    def read(self, attributes: Sequence[str]) -> dict[str, Any]:
        """A read request for these attributes, to send alone or in a bulk."""
        return {"type": "read", "mbean": self.mbean, "attribute": list(attributes)}

    def exec(self, operation: str, *arguments: Any) -> dict[str, Any]:
        """An exec request, to send alone or in a bulk."""
        return {"type": "exec", "mbean": self.mbean, "operation": operation, "arguments": list(arguments)}
