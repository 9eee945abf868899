"""The editor of routes: one table of what each node asks for, from which the form on the page, the reading of
what it posts and the troubles beside its steps are made. A new kind of node is one entry of `NODES`."""

from routing.core.editing.gates import GATES
from routing.core.editing.nodes import NODES
from routing.core.editing.reading import Read, Trouble, read_route, walk
from routing.core.editing.schema import schema

__all__ = ["GATES", "NODES", "Read", "Trouble", "read_route", "schema", "walk"]
