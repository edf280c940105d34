"""Which servers of a new inventory belong together, in the modes and roles of the product's procedures."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from handrail.inventory.model import NAME, NAME_LIMIT
from handrail.procedure.loading import library
from handrail.procedure.model import Procedure, Role
from handrail.products.registry import product
from handrail.readings import Reading
from handrail.text import safe

Ask = Callable[[str, str], str]
"""Takes a question and its default, and answers what was typed or the default."""


@dataclass
class Probed:
    """A server as answered, a table of the inventory, and as found."""

    table: dict[str, Any]
    found: Mapping[str, Reading] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Its name in the inventory."""
        return str(self.table["name"])

    @property
    def is_backup(self) -> bool:
        """Whether it is configured as the backup, as far as it tells."""
        return product(self.table["product"]).usual.is_backup(self.found)

    def belongs_to(self, other: Probed) -> bool:
        """Whether both tell that they are of one group."""
        name = product(self.table["product"]).usual.alike
        mine, theirs = (server.found.get(name) for server in (self, other))
        return mine is not None and theirs is not None and mine.value == theirs.value is not None


def one_of(ask: Ask, question: str, known: Sequence[str], default: str) -> str:
    """One of these words; any other is asked about again."""
    while (answer := ask(question, default)) not in known:
        print(f"  {safe(answer, 40)} is none of: {', '.join(known)}")
    return answer


def named(
    ask: Ask,
    question: str,
    default: str,
    limit: int = NAME_LIMIT,
    taken: Collection[str] = (),
    none: str = "",
) -> str:
    """A name that the file takes and that stands there once, or the word for none; else it is asked again."""
    while True:
        answer = ask(question, default)
        if answer in taken:
            why = "is taken"
        elif (none and answer == none) or (re.fullmatch(NAME, answer) and len(answer) <= limit):
            return answer
        else:
            why = f"is no name: letters, digits, . _ -, at most {limit}"
        print(f"  {safe(answer, 60)} {why}")


def grouped(ask: Ask, servers: Sequence[Probed]) -> Iterator[dict[str, Any]]:
    """The groups of each product, proposed from what the servers tell, else by the order of entry."""
    taken: list[str] = []
    for name in dict.fromkeys(server.table["product"] for server in servers):
        left = [server for server in servers if server.table["product"] == name]
        procedures = [loaded.procedure for loaded in library()[0] if loaded.procedure.product == name]
        while len(left) > 1:
            group = _group(ask, left, procedures, taken)
            if group is None:
                break
            taken.append(group["name"])
            left = [server for server in left if server.name not in group["roles"].values()]
            yield group


def _group(
    ask: Ask, left: Sequence[Probed], procedures: Sequence[Procedure], taken: Collection[str]
) -> dict[str, Any] | None:
    first = left[0]
    mate = next((server for server in left[1:] if first.belongs_to(server)), left[1])
    if first.is_backup and not mate.is_backup:
        first, mate = mate, first
    print(f"\nServers of {first.table['product']}: {', '.join(server.name for server in left)}")
    question = "Name of a pair among them (- if there is none)"
    name = named(ask, question, f"pair-{len(taken) + 1}", taken=taken, none="-")
    if name == "-":
        return None
    fitting = _roles_known(ask, procedures)
    knowing = [one for one in procedures if _words(one.roles) == _words(fitting)]
    modes = tuple(dict.fromkeys(mode for procedure in knowing for mode in procedure.modes))
    mode = product(first.table["product"]).usual.mode(first.found, modes) or modes[0]
    if len(modes) > 1:
        mode = one_of(ask, f"Mode ({', '.join(modes)})", modes, mode)
    roles = _bound(ask, fitting, [server.name for server in left], [first.name, mate.name])
    return {"name": name, "product": first.table["product"], "mode": mode, "roles": roles}


def _roles_known(ask: Ask, procedures: Sequence[Procedure]) -> Sequence[Role]:
    """The roles of its procedures; where they are not all the same, which are meant."""
    known = {_words(procedure.roles): procedure.roles for procedure in procedures}
    if len(known) == 1:
        return next(iter(known.values()))
    numbered = {str(number): words for number, words in enumerate(known, 1)}
    for number, words in numbered.items():
        print(f"  {number}  {words}")
    return known[numbered[one_of(ask, "Its roles, by number", list(numbered), "1")]]


def _words(roles: Sequence[Role]) -> str:
    return ", ".join(role.name for role in roles)


def _bound(ask: Ask, roles: Sequence[Role], names: Sequence[str], proposed: list[str]) -> dict[str, str]:
    """A server for each role; one that may be missing is left out by `-`."""
    bound: dict[str, str] = {}
    for role in sorted(roles, key=lambda role: role.optional):
        free = [name for name in names if name not in bound.values()]
        if not free and role.optional:
            continue
        print(f"  {role.name}: {role.what}")
        if role.optional:
            answer = one_of(ask, f"  Its {role.name} (- for none)", [*free, ""], "")
        else:
            likely = [name for name in proposed if name in free] or free
            answer = one_of(ask, f"Its {role.name}", free, likely[0])
        if answer:
            bound[role.name] = answer
    return bound
