"""Catalogue files as a tree that remembers where each word was written.

Words stay as written ("025" keeps its 0); the model decides what is a number or a date.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from .faults import Fault, Place, fault

MAX_FILE_BYTES = 1_000_000
_NULL = "tag:yaml.org,2002:null"


@dataclass(frozen=True, slots=True)
class Leaf:
    """A word, or None where nothing was written."""

    text: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class Row:
    """A list."""

    items: list[Tree]
    place: Place


@dataclass(frozen=True, slots=True)
class Branch:
    """A mapping; `keys` tells where each key itself was written."""

    items: dict[str, Tree]
    keys: dict[str, Place]
    place: Place

    def child(self, name: str) -> Tree | None:
        """What is written under a key."""
        return self.items.get(name)


Tree = Leaf | Row | Branch
Steps = tuple[str | int, ...]


def plain(tree: Tree) -> object:
    """The tree as dictionaries, lists and text, for the model to read."""
    if isinstance(tree, Leaf):
        return tree.text
    if isinstance(tree, Row):
        return [plain(item) for item in tree.items]
    return {name: plain(item) for name, item in tree.items.items()}


def place_of(tree: Tree, path: Steps) -> Place:
    """Where the value at `path` was written; the nearest enclosing place if it was not."""
    for step in path:
        if isinstance(tree, Branch) and str(step) in tree.items:
            tree = tree.items[str(step)]
        elif isinstance(tree, Row) and isinstance(step, int) and step < len(tree.items):
            tree = tree.items[step]
        else:
            break
    return tree.place


def key_place(tree: Tree, path: Steps) -> Place:
    """Where the last key of `path` was written."""
    for step in path[:-1]:
        if isinstance(tree, Branch) and str(step) in tree.items:
            tree = tree.items[str(step)]
        elif isinstance(tree, Row) and isinstance(step, int) and step < len(tree.items):
            tree = tree.items[step]
    if isinstance(tree, Branch) and path:
        return tree.keys.get(str(path[-1]), tree.place)
    return tree.place


def read_tree(path: Path, shown: str) -> tuple[Branch | None, list[Fault]]:
    """Read one file; `shown` is how faults name it. None if nothing in it can be used."""
    top = Place(shown)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None, [fault(top, "file_missing")]
    except OSError as error:
        return None, [fault(top, "file_unreadable", why=error.strerror or "?")]
    if len(content) > MAX_FILE_BYTES:
        return None, [fault(top, "file_too_large", limit=MAX_FILE_BYTES)]
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        place = Place(shown, line, column)
        return None, [fault(place, "not_utf8", byte=error.start + 1)]
    return _parsed(text, shown)


def _parsed(text: str, shown: str) -> tuple[Branch | None, list[Fault]]:
    grower = _Grower(shown)
    try:
        node = YAML(typ="safe", pure=True).compose(text)
        tree = grower.tree(node, Place(shown)) if node is not None else None
    except (YAMLError, RecursionError, ValueError) as error:
        return None, [_syntax_fault(error, text, shown)]
    if tree is None:
        return Branch({}, {}, Place(shown)), grower.faults
    if not isinstance(tree, Branch):
        return None, [*grower.faults, fault(tree.place, "not_a_mapping")]
    return tree, grower.faults


def _syntax_fault(error: Exception, text: str, shown: str) -> Fault:
    if isinstance(error, MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        place = Place(shown, mark.line + 1, mark.column + 1) if mark else Place(shown)
        return fault(place, "yaml_syntax", problem=error.problem or error.context or "?")
    if isinstance(error, ReaderError):
        before = text[: error.position]
        place = Place(shown, before.count("\n") + 1, len(before) - before.rfind("\n"))
        return fault(place, "yaml_syntax", problem="control character")
    return fault(Place(shown), "yaml_syntax", problem="nested too deeply or unreadable")


@dataclass
class _Grower:
    """Turns the reader's nodes into our tree, and collects what a tree cannot hold."""

    file: str
    faults: list[Fault] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)

    def tree(self, node: Node, empty_place: Place) -> Tree:
        place = Place(self.file, node.start_mark.line + 1, node.start_mark.column + 1)
        if isinstance(node, ScalarNode):
            nothing = node.tag == _NULL
            # An empty value is marked at the next word, so its key is the better place.
            return Leaf(None, empty_place) if nothing else Leaf(node.value, place)
        if id(node) in self.seen:  # one node in two spots is an alias
            self.faults.append(fault(empty_place, "alias_used"))
            return Leaf(None, empty_place)
        self.seen.add(id(node))
        if isinstance(node, SequenceNode):
            return Row([self.tree(item, place) for item in node.value], place)
        assert isinstance(node, MappingNode)
        return self._branch(node, place)

    def _branch(self, node: MappingNode, place: Place) -> Branch:
        branch = Branch({}, {}, place)
        for key, spot, value in self._pairs(node):
            if key in branch.items:
                self.faults.append(fault(spot, "key_twice", key=key, first=branch.keys[key]))
                continue
            branch.keys[key] = spot
            branch.items[key] = self.tree(value, spot)
        return branch

    def _pairs(self, node: MappingNode) -> Iterator[tuple[str, Place, Node]]:
        for key, value in node.value:
            spot = Place(self.file, key.start_mark.line + 1, key.start_mark.column + 1)
            if isinstance(key, ScalarNode):
                yield key.value, spot, value
            else:
                self.faults.append(fault(spot, "not_a_mapping"))
