"""What calls have stored and other calls find, change and delete: documents, each in a table under a key.

A document is what JSON holds. It is never changed in place: who changes one puts another in its stead.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import attrs

__all__ = ["Document", "Keeper", "MemoryKeeper", "Records", "Table"]

Document = Mapping[str, Any]


class Keeper(Protocol):
    """Where documents outlive the process."""

    def load_records(self) -> Iterable[tuple[str, str, Document]]:
        """Table, key and document of all that was kept earlier."""

    def put_records(self, table: str, documents: Mapping[str, Document]) -> None:
        """Keep some, in the stead of those that have the same keys."""

    def drop_records(self, table: str, keys: Iterable[str]) -> None:
        """Forget some."""


class MemoryKeeper:
    """Keeps nothing: the tables themselves are in memory."""

    def load_records(self) -> Iterable[tuple[str, str, Document]]:
        """Nothing outlives the process."""
        return ()

    def put_records(self, table: str, documents: Mapping[str, Document]) -> None:
        """The table has them."""

    def drop_records(self, table: str, keys: Iterable[str]) -> None:
        """The table has dropped them."""


@attrs.define(eq=False)
class Table:
    """Documents in the order of their keys."""

    name: str
    _keeper: Keeper
    _documents: dict[str, Document] = attrs.Factory(dict)
    _sorted: list[str] | None = None

    def __len__(self) -> int:
        return len(self._documents)

    def __contains__(self, key: str) -> bool:
        return key in self._documents

    def __getitem__(self, key: str) -> Document:
        return self._documents[key]

    def get(self, key: str) -> Document | None:
        """Find a document."""
        return self._documents.get(key)

    @property
    def keys(self) -> Sequence[str]:
        """All keys in order, which takes time only after some came or went."""
        if self._sorted is None:
            self._sorted = sorted(self._documents)
        return self._sorted

    def put(self, documents: Mapping[str, Document]) -> None:
        """Keep documents, in the stead of those that have the same keys."""
        self._keeper.put_records(self.name, documents)
        self._documents.update(documents)
        self._sorted = None

    def drop(self, *keys: str) -> None:
        """Forget documents that are there."""
        self._keeper.drop_records(self.name, keys)
        for key in keys:
            del self._documents[key]
        self._sorted = None

    def clear(self) -> None:
        """Forget all."""
        self.drop(*self._documents)

    def load(self, key: str, document: Document) -> None:
        """Take over what was kept earlier."""
        self._documents[key] = document


class Records:
    """All tables by name; one that nobody wrote to is empty."""

    def __init__(self, keeper: Keeper | None = None) -> None:
        self._keeper = keeper or MemoryKeeper()
        self._tables: dict[str, Table] = {}
        for name, key, document in self._keeper.load_records():
            self.table(name).load(key, document)

    def table(self, *names: str) -> Table:
        """Give the table of this name, e.g. `("bounces", "mg.example.com")`."""
        name = "/".join(names)
        if name not in self._tables:
            self._tables[name] = Table(name, self._keeper)
        return self._tables[name]

    def clear(self, domain: str) -> None:
        """Empty every table of a domain."""
        for name, table in self._tables.items():
            if name.endswith(f"/{domain}"):
                table.clear()
