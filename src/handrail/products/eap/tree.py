"""The configured model of one instance, and the operations on it: read, add, remove, write, undefine. Pure.

What the running server tells (runtime attributes, its own state) comes from a `Telling`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from handrail.procedure.versions import Version
from handrail.products.eap import refusals
from handrail.products.eap.attributes import Attribute, ResourceType
from handrail.products.eap.dmr import Address, Dmr, Operation, covers, is_wildcard
from handrail.products.eap.refusals import Refused
from handrail.products.eap.releases import EAP_8_0
from handrail.products.eap.resources import (
    DIRECTORIES,
    RENAMED,
    child_types,
    resource_type,
)

Model = Mapping[Address, Mapping[str, Dmr]]
"""What is configured: the resources that are there, each with the attributes that are set."""
Telling = Callable[[Address, str], Dmr]
"""The value of a runtime attribute now; raises Refused."""

_NEW_NAMES = {old: new for new, old in RENAMED.items()}


@dataclass(frozen=True, slots=True)
class Done:
    """The model after an operation, its result, and whether what it changed waits for a reload."""

    model: Model
    result: Dmr = None
    reloads: bool = False


@dataclass(frozen=True, slots=True)
class Tree:
    """A model as one release reads and changes it."""

    model: Model
    release: Version
    telling: Telling

    def perform(self, operation: Operation) -> Done:
        """The operation's effect; raises Refused."""
        operation = replace(operation, address=old_names(operation.address))
        if is_wildcard(operation.address):
            return self._on_many(operation)
        kind = resource_type(operation.address)
        if kind is None:
            raise refusals.no_such_type(operation.address)
        known = _OPERATIONS.get(operation.name)
        if known is None:
            raise refusals.no_such_operation(operation.name, operation.address)
        if operation.name != "add":
            self.require(operation.address)
        return known(self, kind, operation)

    def require(self, address: Address) -> None:
        """Raises Refused where nothing is, naming the first part of the address that is not there."""
        for end in range(1, len(address) + 1):
            if address[:end] not in self.model:
                raise refusals.not_found(address)

    def children(self, address: Address, kind: str) -> tuple[str, ...]:
        """The names of the children of one type, in order."""
        return tuple(
            sorted(
                self._shown(kind, found[-1][1])
                for found in self.model
                if len(found) == len(address) + 1 and found[:-1] == address and found[-1][0] == kind
            )
        )

    def _shown(self, kind: str, name: str) -> str:
        return _NEW_NAMES.get(name, name) if kind == "ha-policy" and self.release >= EAP_8_0 else name

    def _on_many(self, operation: Operation) -> Done:
        if operation.name not in ("read-resource", "read-attribute"):
            raise refusals.no_such_operation(operation.name, operation.address)
        concrete = next((end for end, (_, name) in enumerate(operation.address) if name == "*"), 0)
        self.require(operation.address[:concrete])
        found = [address for address in sorted(self.model) if covers(operation.address, address)]
        results = [self._one_of_many(operation, address) for address in found]
        return Done(self.model, results)

    def _one_of_many(self, operation: Operation, address: Address) -> Mapping[str, Dmr]:
        shown = [{key: self._shown(key, name)} for key, name in address]
        try:
            result = self.perform(replace(operation, address=address)).result
        except Refused as problem:
            return {"address": shown, "outcome": "failed", "failure-description": str(problem)}
        return {"address": shown, "outcome": "success", "result": result}

    def attribute(self, address: Address, attribute: Attribute, defaults: bool = True) -> Dmr:
        """An attribute as read: told, set, or its default."""
        if attribute.runtime:
            return self.telling(address, attribute.name)
        value = self.model[address].get(attribute.name)
        return attribute.default if value is None and defaults else value

    def read_attribute(self, kind: ResourceType, operation: Operation) -> Done:
        """One attribute."""
        name = operation.parameters.get("name")
        if name is None:
            raise refusals.missing("name")
        found = kind.attribute(str(name), self.release)
        if found is None:
            raise refusals.unknown_attribute(str(name))
        defaults = operation.parameters.get("include-defaults") is not False
        return Done(self.model, self.attribute(operation.address, found, defaults))

    def read_resource(self, kind: ResourceType, operation: Operation) -> Done:
        """A resource: its attributes, and its children by name, or wholly when recursive."""
        del kind
        given = operation.parameters
        return Done(self.model, self._resource(operation.address, given, _depth(given)))

    def _resource(self, address: Address, given: Mapping[str, Dmr], depth: int) -> Mapping[str, Dmr]:
        kind = resource_type(address)
        if kind is None:
            return {}
        defaults = given.get("include-defaults") is not False
        told: dict[str, Dmr] = {
            item.name: self.attribute(address, item, defaults)
            for item in kind.having(self.release)
            if not item.runtime or given.get("include-runtime") is True or address == ()
        }
        if given.get("attributes-only") is True:
            return told
        for child in child_types(address):
            names = self.children(address, child)
            if depth:
                told[child] = {
                    name: self._resource(old_names((*address, (child, name))), given, depth - 1)
                    for name in names
                } or None
            elif names:
                told[child] = dict.fromkeys(names)
            else:
                told[child] = None
        return told

    def read_children_names(self, kind: ResourceType, operation: Operation) -> Done:
        """The names of the children of one type."""
        del kind
        return Done(self.model, list(self.children(operation.address, _child_type(operation))))

    def read_children_resources(self, kind: ResourceType, operation: Operation) -> Done:
        """The children of one type by name, each as a read of that resource tells it."""
        del kind
        address, given, child = operation.address, operation.parameters, _child_type(operation)
        found = {
            name: self._resource(old_names((*address, (child, name))), given, _depth(given))
            for name in self.children(address, child)
        }
        return Done(self.model, found)

    def _is_untouched_path(self, address: Address) -> bool:
        """A path that came with its server; the request that adds the server may say otherwise."""
        return address[-1][0] == "path" and self.model[address] == {"path": DIRECTORIES.get(address[-1][1])}

    def add(self, kind: ResourceType, operation: Operation) -> Done:
        """A new resource. Parameters its type does not know are left out in silence, as over HTTP."""
        address = operation.address
        if address in self.model and not self._is_untouched_path(address):
            raise refusals.duplicate(address)
        if not address:
            raise refusals.no_such_operation("add", address)
        self.require(address[:-1])
        values: dict[str, Dmr] = {}
        for item in kind.having(self.release):
            value = refusals.value_for(item, operation.parameters.get(item.name))
            if value is not None and not item.runtime:
                values[item.name] = value
        model = {**self.model, address: values}
        if address[-1][0] == "ha-policy":
            names = replace(self, model=model).children(address[:-1], "ha-policy")
            if len(names) > 1:
                raise refusals.one_policy_only(names)
        if address[-1][0] == "server":
            if self.release >= EAP_8_0 and "elytron-domain" not in values:
                raise refusals.no_legacy_security()
            for name, path in DIRECTORIES.items():
                model[(*address, ("path", name))] = {"path": path}
        return Done(model, None, reloads=True)

    def remove(self, kind: ResourceType, operation: Operation) -> Done:
        """The resource and all below it are gone from the configuration."""
        del kind
        address = operation.address
        if not address:
            raise refusals.no_such_operation("remove", address)
        kept = {found: values for found, values in self.model.items() if found[: len(address)] != address}
        return Done(kept, None, reloads=True)

    def write_attribute(self, kind: ResourceType, operation: Operation) -> Done:
        """One attribute set; undefined takes it back to its default."""
        name = operation.parameters.get("name")
        if name is None:
            raise refusals.missing("name")
        found = kind.attribute(str(name), self.release)
        if found is None:
            raise refusals.unknown_attribute(str(name))
        if found.runtime:
            raise refusals.not_writable(found.name)
        value = refusals.value_for(found, operation.parameters.get("value"))
        before = self.model[operation.address]
        after = {key: item for key, item in before.items() if key != found.name}
        if value is not None:
            after[found.name] = value
        return Done({**self.model, operation.address: after}, None, found.reloads and after != before)

    def undefine_attribute(self, kind: ResourceType, operation: Operation) -> Done:
        """One attribute taken back to its default."""
        parameters = {"name": operation.parameters.get("name"), "value": None}
        return self.write_attribute(kind, replace(operation, parameters=parameters))


_OPERATIONS: Mapping[str, Callable[[Tree, ResourceType, Operation], Done]] = {
    "read-attribute": Tree.read_attribute,
    "read-resource": Tree.read_resource,
    "read-children-names": Tree.read_children_names,
    "read-children-resources": Tree.read_children_resources,
    "add": Tree.add,
    "remove": Tree.remove,
    "write-attribute": Tree.write_attribute,
    "undefine-attribute": Tree.undefine_attribute,
}


def _depth(given: Mapping[str, Dmr]) -> int:
    """How many levels below a resource are told wholly, and not by name alone."""
    if given.get("recursive") is not True:
        return 0
    limit = given.get("recursive-depth")
    return limit if isinstance(limit, int) and not isinstance(limit, bool) else 99


def _child_type(operation: Operation) -> str:
    """The type of children that is asked for; raises Refused where the resource knows none of that name."""
    child = operation.parameters.get("child-type")
    if child is None:
        raise refusals.missing("child-type")
    if child not in child_types(operation.address):
        raise Refused(f"WFLYCTL0202: No known child type named {child}")
    return str(child)


def old_names(address: Address) -> Address:
    """The address with the policy names of EAP 7, whichever were given."""
    return tuple((key, RENAMED.get(name, name) if key == "ha-policy" else name) for key, name in address)


def servers(model: Model) -> Iterator[str]:
    """The messaging servers of a model, in order."""
    return iter(sorted(found[1][1] for found in model if len(found) == 2 and found[1][0] == "server"))


def policy_of(model: Model, server: Address) -> tuple[str, Mapping[str, Dmr]]:
    """A messaging server's policy and what is set in it; live-only where none is."""
    for found, values in model.items():
        if len(found) == 3 and found[:2] == server and found[2][0] == "ha-policy":
            return found[2][1], values
    return "live-only", {}


def setting(
    model: Model, address: Address, name: str, release: Version, properties: Mapping[str, str] | None = None
) -> Dmr:
    """A configured attribute or its default; an expression gives the property, or its own default."""
    kind = resource_type(address)
    found = kind.attribute(name, release) if kind else None
    value = model.get(address, {}).get(name)
    if isinstance(value, Mapping):
        text = str(next(iter(value.values())))
        known, _, otherwise = text[2:-1].partition(":")
        return (properties or {}).get(known, otherwise)
    return found.default if value is None and found else value
