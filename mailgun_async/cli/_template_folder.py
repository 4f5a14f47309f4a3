"""A folder of stored templates, and what differs between two states of them.

`NAME/template.json` has the description, the tag of the active version, and of each version its comment and headers;
`NAME/TAG.hbs` is the text of a version. Names that make no file names are quoted as in URLs.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import quote, unquote

import attrs

from mailgun_async.errors import InvalidArgument

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["Change", "Stored", "Version", "changes", "read_folder", "write_folder"]

_HEAD: Final = "template.json"
_TEXT: Final = ".hbs"


@attrs.frozen(kw_only=True)
class Version:
    """One version of a template."""

    text: str
    comment: str = ""
    headers: dict[str, str] = attrs.Factory(dict)


@attrs.frozen(kw_only=True)
class Stored:
    """A template with all its versions."""

    description: str = ""
    active: str | None = None
    """The tag of the version that is sent when none is named."""
    versions: dict[str, Version] = attrs.Factory(dict)


@attrs.frozen(kw_only=True)
class Change:
    """One call that makes Mailgun's state more like that of the folder."""

    kind: Literal["create", "describe", "add", "change"]
    template: str
    tag: str | None = None
    given: dict[str, Any] = attrs.Factory(dict)

    def __str__(self) -> str:
        if self.tag is None:
            return f"{self.kind} {self.template}"
        told = ", ".join("now active" if name == "active" else name for name in self.given if name)
        return f"{self.kind} {self.template}, version {self.tag}: {told}"


def changes(here: Mapping[str, Stored], there: Mapping[str, Stored]) -> Iterator[Change]:
    """Yield what has to be done so that all that is here is there. What is there alone stays."""
    for name, template in here.items():
        known = there.get(name)
        if known is None:
            yield Change(kind="create", template=name, given={"description": template.description})
            known = Stored(description=template.description)
        elif known.description != template.description:
            yield Change(kind="describe", template=name, given={"description": template.description})
        for tag, version in template.versions.items():
            given = _different(version, known.versions.get(tag))
            if template.active == tag and known.active != tag:
                given["active"] = True
            if given:
                kind: Literal["add", "change"] = "change" if tag in known.versions else "add"
                yield Change(kind=kind, template=name, tag=tag, given=given)


def _different(here: Version, there: Version | None) -> dict[str, Any]:
    if there is None:
        given: dict[str, Any] = {"template": here.text, "comment": here.comment, "headers": here.headers}
        return {name: value for name, value in given.items() if value or name == "template"}
    pairs = {
        "template": (here.text, there.text),
        "comment": (here.comment, there.comment),
        "headers": (here.headers, there.headers),
    }
    return {name: mine for name, (mine, theirs) in pairs.items() if mine != theirs}


def read_folder(folder: Path) -> dict[str, Stored]:
    """Read all templates of a folder.

    Raises:
        InvalidArgument: A file is not as it should be, or the folder holds no template.
        OSError: Something cannot be read.
    """
    found = {unquote(head.parent.name).lower(): _read(head) for head in sorted(folder.glob(f"*/{_HEAD}"))}
    if not found:
        raise InvalidArgument(f"{folder} has no templates: each is a folder with a {_HEAD}", field="folder")
    return found


def _read(head: Path) -> Stored:
    try:
        told = json.loads(head.read_text("utf-8"))
        described = {tag: dict(one) for tag, one in told.get("versions", {}).items()}
        texts = {unquote(file.stem): _text(file) for file in sorted(head.parent.glob(f"*{_TEXT}"))}
        versions = {
            tag: Version(text=text, comment=str(one.get("comment", "")), headers=dict(one.get("headers", {})))
            for tag, text in texts.items()
            for one in (described.get(tag, {}),)
        }
        description, active = str(told.get("description", "")), told.get("active")
    except (ValueError, TypeError, AttributeError) as error:
        raise InvalidArgument(f"{head} is not as it should be: {error}", field="folder") from error
    missing = sorted({*described, *([active] if active else [])} - versions.keys())
    if missing:
        raise InvalidArgument(f"{head} names version {missing[0]}, which has no {_file(missing[0])}", field="folder")
    return Stored(description=description, active=active, versions=versions)


def _text(file: Path) -> str:
    return file.read_bytes().decode()  # line ends stay as they are


def write_folder(folder: Path, templates: Mapping[str, Stored]) -> list[Path]:
    """Write templates, and return the files that were not so yet. Other files stay.

    Raises:
        OSError: Something cannot be written.
    """
    changed = []
    for name, template in templates.items():
        home = folder / _quoted(name)
        home.mkdir(parents=True, exist_ok=True)
        files = {home / _file(tag): version.text for tag, version in template.versions.items()}
        files[home / _HEAD] = json.dumps(_head(template), indent=2, ensure_ascii=False) + "\n"
        for path, text in files.items():
            content = text.encode()
            if not path.exists() or path.read_bytes() != content:
                path.write_bytes(content)
                changed.append(path)
    return changed


def _head(template: Stored) -> dict[str, Any]:
    told = {
        tag: {name: value for name, value in (("comment", one.comment), ("headers", one.headers)) if value}
        for tag, one in template.versions.items()
    }
    return {"description": template.description, "active": template.active, "versions": told}


def _file(tag: str) -> str:
    return _quoted(tag) + _TEXT


def _quoted(name: str) -> str:
    quoted = quote(name, safe=" @+")
    return "%2E" + quoted[1:] if quoted.startswith(".") else quoted
