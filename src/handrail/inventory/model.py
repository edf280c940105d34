"""The inventory file as types: servers, pairs, credentials by reference, log sources, commands.

A secret never stands in the file: a password is an environment variable, a file of mode 0600, or
a command such as `pass show`.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
NAME_LIMIT, SITE_LIMIT = 40, 24
"""The most characters of a server's or pair's name, and of the site's word."""
ServerName = Annotated[str, Field(pattern=NAME, max_length=NAME_LIMIT)]
_SECRET_OPTION = re.compile(r"(?i)--?(?:[a-z-]*-)?(?:pass|passwd|password|secret|token)(?:=(?P<value>.+))?")
_USER_INFO = re.compile(r"://[^/@\s:]+:[^/@\s]+@")
Fact = bool | int | float | str

COMMAND_MEND = "let the program read it from a file of mode 0600 or from its environment"
REFERENCE_MEND = (
    'give a reference instead: password = { env = "NAME" }, { file = "/path" } (mode 0600) '
    'or { command = ["pass", "show", "broker"] }'
)


class Part(BaseModel):
    """The base of every part: frozen, strict, and no unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


def without_secrets(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words of a command; raises ValueError, which repeats none of them, where a secret stands there."""
    for word, after in zip(words, (*words[1:], ""), strict=True):
        named = _SECRET_OPTION.fullmatch(word)
        if _USER_INFO.search(word) or (named and (named["value"] or not after.startswith("-"))):
            raise ValueError(
                "a secret stands in a command, where every process list shows it; " + COMMAND_MEND
            )
    return words


Words = Annotated[tuple[str, ...], Field(min_length=1, max_length=64), AfterValidator(without_secrets)]


class SecretReference(Part):
    """Where a secret is found when it is needed: exactly one of env, file, command."""

    env: str | None = None
    file: str | None = None
    command: Words | None = None

    @model_validator(mode="before")
    @classmethod
    def _not_the_secret_itself(cls, value: Any) -> Any:
        # The message must not repeat what was written there.
        if isinstance(value, str):
            raise ValueError("a secret stands in the file; " + REFERENCE_MEND)
        return value

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if sum(part is not None for part in (self.env, self.file, self.command)) != 1:
            raise ValueError("exactly one of env, file, command; " + REFERENCE_MEND)
        return self

    def __str__(self) -> str:
        if self.env is not None:
            return f"<secret:env {self.env}>"
        if self.file is not None:
            return f"<secret:file {self.file}>"
        assert self.command is not None  # noqa: S101 - the validator above says so
        return f"<secret:command {self.command[0]}>"


class Log(Part):
    """A server's log: a local file, or three commands.

    `follow` prints new lines for ever; `since` is given a cursor as its last argument and prints the
    lines after it; `check` exits 0 while the log can be read.
    """

    file: str | None = None
    follow: Words | None = None
    since: Words | None = None
    check: Words | None = None

    @model_validator(mode="after")
    def _file_or_commands(self) -> Self:
        if (self.file is None) == (self.follow is None):
            raise ValueError("a log is a file, or the three commands follow, since and check")
        if self.follow is not None and (self.since is None or self.check is None):
            raise ValueError("a followed command needs since and check as well")
        return self


class Commands(Part):
    """Commands run on this machine for a server, as argument lists without a shell."""

    start: Words | None = None
    stop: Words | None = None
    kill: Words | None = None
    limit_s: Annotated[float, Field(gt=0, le=3600)] = 120.0

    def of(self, name: str) -> tuple[str, ...] | None:
        """The command of this name, if the inventory has one."""
        found: tuple[str, ...] | None = (
            getattr(self, name, None) if name in ("start", "stop", "kill") else None
        )
        return found


class Server(Part):
    """One real server."""

    name: ServerName
    product: str
    url: Annotated[str, Field(pattern=r"^https?://[^@\s]+$")]
    """Management base URL, such as http://host:8161/console/jolokia; never with a password in it."""
    origin: str | None = None
    broker: str | None = None
    """The broker's own name; found by asking when absent."""
    cluster_user: str | None = None
    """The cluster's own user, where it is not the product's default: its connections are no clients."""
    user: str | None = None
    password: SecretReference | None = None
    log: Log | None = None
    commands: Commands = Commands()
    facts: dict[str, Fact] = Field(default_factory=dict)
    """What no interface tells, such as check-for-live-server = true, as read in its configuration."""


class GitRemote(Part):
    """A git remote that is given each head as a commit."""

    git: Annotated[
        str,
        Field(
            min_length=1,
            max_length=400,
            pattern=r"^(?:(?:ssh|git\+ssh|git|https?|file)://\S+|/\S+|[^\s:/-][^\s:/]*:(?:[^\s:/]|/[^\s/])\S*)$",
        ),
    ]
    """A URL, `host:path` as ssh knows it, or an absolute path; no password stands in it."""


def with_roles(table: Any) -> Any:
    """A pair's table with `master` and `slave` put into `roles`; raises ValueError for half of them."""
    if not isinstance(table, dict):
        return table
    short = {role: table[role] for role in ("master", "slave") if role in table}
    if not short:
        return table
    if "roles" in table:
        raise ValueError("either master and slave, or roles")
    if len(short) < 2:
        raise ValueError("a pair has both, master and slave")
    return {**{key: item for key, item in table.items() if key not in short}, "roles": short}


class Pair(Part):
    """Servers that belong together, by their configured roles: mostly two that back each other up.

    Written `master = "a"` and `slave = "b"`, or `roles = { primary = "a", standby = "b" }` with the words of
    the product's procedures.
    """

    name: ServerName
    product: str
    mode: str
    roles: Annotated[dict[str, ServerName], Field(min_length=1)]
    facts: dict[str, Fact] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        return with_roles(value)


class Site(Part):
    """One inventory file."""

    schema_: Literal[1] = Field(alias="schema")
    site: Annotated[str, Field(pattern=NAME, max_length=SITE_LIMIT)]
    """The site's word for the first line of every screen."""
    anchor: Words | GitRemote | None = None
    """A command given each head on its standard input, or `{ git = "REMOTE" }`; syslog when absent."""
    approved: str | None = None
    """A folder of approved procedures; where it is named, no other is walked live."""
    two_person: bool = False
    """Whether what is confirmed by typing its target, which cannot be undone, needs a second person's key."""
    allow_override: bool = True
    """Whether an operator may pass a hold point or an unmet expectation alone, with a reason."""
    servers: tuple[Server, ...] = Field(min_length=1)
    pairs: tuple[Pair, ...] = ()

    @model_validator(mode="after")
    def _names_fit(self) -> Self:
        names = [server.name for server in self.servers]
        if doubled := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"two servers are named {sorted(doubled)[0]}")
        pair_names = [pair.name for pair in self.pairs]
        if doubled := {name for name in pair_names if pair_names.count(name) > 1}:
            raise ValueError(f"two pairs are named {sorted(doubled)[0]}")
        for pair in self.pairs:
            for server in pair.roles.values():
                if server not in names:
                    raise ValueError(f"pair {pair.name} names {server}, which is no server here")
            if len(set(pair.roles.values())) < len(pair.roles):
                raise ValueError(f"pair {pair.name} is one server twice")
        return self

    def server(self, name: str) -> Server:
        """The server of this name; raises KeyError."""
        for server in self.servers:
            if server.name == name:
                return server
        raise KeyError(name)

    def pair(self, name: str) -> Pair:
        """The pair of this name; raises KeyError."""
        for pair in self.pairs:
            if pair.name == name:
                return pair
        raise KeyError(name)
