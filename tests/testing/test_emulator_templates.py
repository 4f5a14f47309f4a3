"""Stored templates of the emulator, through the public client, and mail that is made of them."""

from __future__ import annotations

from typing import Any

import pytest

from mailgun_async import BadRequest, Mailgun, NotFound
from mailgun_async.endpoints.templates import CopyTarget
from mailgun_async.testing import Emulator

DOMAIN = "mg.example.com"
BOB = "bob@example.com"
HTML = "<p>Hello {{name}}</p>"


@pytest.fixture(params=["domain", "account"])
def templates(mg: Mailgun, request: pytest.FixtureRequest) -> Any:
    """Templates of the client's domain, and of the account: the same calls but for their paths."""
    return mg.templates if request.param == "domain" else mg.account_templates


async def test_a_template_is_stored_with_its_first_version(templates: Any) -> None:
    """Its name becomes lower case, the version is active and called `initial`."""
    headers = {"Subject": "Hi {{name}}"}
    created = await templates.create("Welcome", template=HTML, description="Hello", created_by="ada", headers=headers)
    assert (created.name, created.description, created.created_by) == ("welcome", "Hello", "ada")
    version = created.version
    assert (version.tag, version.template, version.engine, version.active) == ("initial", HTML, "handlebars", True)
    assert version.headers == headers
    assert await templates.get("WELCOME", active=True) == created
    assert (await templates.get("welcome")).version is None


async def test_a_template_can_begin_without_a_version(templates: Any) -> None:
    """The first version that comes is the active one."""
    assert (await templates.create("t")).version is None
    assert (await templates.get("t", active=True)).version is None
    await templates.create_version("t", "v1", template="1")
    await templates.create_version("t", "v2", template="2")
    assert (await templates.get("t", active=True)).version.tag == "v1"


async def test_one_version_is_active(templates: Any) -> None:
    """Another that becomes it takes its place, when it is created and when it is changed."""
    await templates.create("t", template="0", tag="v0")
    created = await templates.create_version("t", "v1", template="1", comment="new", active=True)
    assert (created.version.tag, created.version.comment, created.version.active) == ("v1", "new", True)
    assert (await templates.get_version("t", "v0")).version.active is False
    changed = await templates.update_version("t", "v0", template="00", active=True)
    assert (changed.name, changed.version.tag) == ("t", "v0")
    active = (await templates.get("t", active=True)).version
    assert (active.tag, active.template) == ("v0", "00")
    assert [(one.tag, one.active, one.template) async for one in templates.list_versions("t")] == [
        ("v0", True, ""),
        ("v1", False, ""),
    ]


async def test_a_version_is_copied_and_deleted(templates: Any) -> None:
    """A copy is not active, and has a comment of its own."""
    await templates.create("t", template=HTML, tag="v0", comment="first")
    copy = await templates.copy_version("t", "v0", to="v1", comment="second")
    assert (copy.tag, copy.template, copy.comment, copy.active) == ("v1", HTML, "second", False)
    assert (await templates.get_version("t", "v1")).version == copy
    gone = await templates.delete_version("t", "v0")
    assert (gone.name, gone.version.tag) == ("t", "v0")
    with pytest.raises(NotFound, match="template version not found"):
        await templates.get_version("t", "v0")
    assert (await templates.get("t", active=True)).version is None


async def test_a_template_is_described_renamed_and_deleted(templates: Any) -> None:
    """It keeps its versions under the new name."""
    await templates.create("old", template=HTML)
    assert (await templates.update("old", description="Hello")).name == "old"
    assert (await templates.rename("old", to="New")).name == "new"
    found = await templates.get("new", active=True)
    assert (found.description, found.version.template) == ("Hello", HTML)
    with pytest.raises(NotFound, match="template not found"):
        await templates.get("old")
    assert (await templates.delete("new")).name == "new"
    assert [one async for one in templates.list()] == []


async def test_templates_are_listed_page_by_page_and_deleted_all(templates: Any) -> None:
    """Both listings go by a cursor."""
    names = [f"t{n:02}" for n in range(12)]
    for name in names:
        await templates.create(name)
    for tag in names[:7]:
        await templates.create_version("t00", tag, template="x")
    assert [one.name async for one in templates.list(limit=5)] == names
    assert [one.tag async for one in templates.list_versions("t00", limit=3)] == names[:7]
    assert (await templates.delete_all()).message == "templates have been deleted"
    assert [one async for one in templates.list()] == []


async def test_a_template_is_copied_to_other_domains_and_the_account(mg: Mailgun, emulator: Emulator) -> None:
    """What cannot be copied is told; `versions` chooses."""
    emulator.add_domain("other.example.com")
    await mg.templates.create("t", template="0", tag="v0")
    await mg.templates.create_version("t", "v1", template="1")
    targets = [
        CopyTarget(account_id="emulator", domain="other.example.com", name="Copy"),
        CopyTarget(account_id="emulator", name="copy"),
        CopyTarget(account_id="emulator", domain="unknown.example.com", name="copy"),
        CopyTarget(account_id="another", name="copy"),
    ]
    copies = await mg.templates.copy("t", to=targets, versions=["v1"])
    assert copies.failed_copies == targets[2:]
    copied = [one.tag async for one in mg.templates.list_versions("other.example.com", "copy")]
    assert copied == ["v1"]
    assert (await mg.account_templates.get_version("copy", "v1")).version is not None
    again = await mg.account_templates.copy("copy", to=targets[1:2])
    assert again.failed_copies == targets[1:2]


@pytest.mark.parametrize(
    ("path", "fields", "text"),
    [
        ("", {"description": "x"}, "Parameter 'name' is missing"),
        ("", {"name": "T"}, "template 't' already exists"),
        ("", {"name": "u", "template": "x" * (100 * 1024 + 1)}, "template is limited to 100KB"),
        ("", {"name": "u", "template": "x", "headers": "[]"}, "'headers' parameter is not a valid JSON"),
        ("", {"name": "u", "template": "x", "headers": "{"}, "'headers' parameter is not a valid JSON"),
        ("/t/versions", {"template": "x"}, "Parameter 'tag' is missing"),
        ("/t/versions", {"tag": "v1"}, "Parameter 'template' is missing"),
        ("/t/versions", {"tag": "initial", "template": "x"}, "template version 'initial' already exists"),
    ],
)
async def test_a_template_that_cannot_be_is_refused(
    mg: Mailgun, api: Any, path: str, fields: dict[str, str], text: str
) -> None:
    """And nothing is stored."""
    await mg.templates.create("t", template=HTML)
    status, body, _ = await api.post(f"/v3/{DOMAIN}/templates{path}", fields)
    assert (status, body) == (400, {"message": text})
    assert [one.name async for one in mg.templates.list()] == ["t"]
    assert [one.tag async for one in mg.templates.list_versions("t")] == ["initial"]


async def test_no_copy_and_no_new_name_takes_the_place_of_another(mg: Mailgun) -> None:
    """Both stay as they are."""
    for name in ("t", "u"):
        await mg.templates.create(name, template=name, tag="v0")
        await mg.templates.create_version(name, "v1", template="x")
    with pytest.raises(BadRequest, match="template 'u' already exists"):
        await mg.templates.rename("t", to="U")
    with pytest.raises(BadRequest, match="template version 'v1' already exists"):
        await mg.templates.copy_version("t", "v0", to="v1")
    texts = [(await mg.templates.get(name, active=True)).version for name in ("t", "u")]
    assert [version and version.template for version in texts] == ["t", "u"]


async def test_a_copy_to_nowhere_is_refused(mg: Mailgun, api: Any) -> None:
    """It has to say where to."""
    await mg.templates.create("t", template=HTML)
    status, body, _ = await api.call("PUT", f"/v3/{DOMAIN}/templates/t/copy", json={"requests": []})
    assert (status, body) == (400, {"message": "requests: a list of copies is required"})


async def test_a_template_has_at_most_forty_versions(mg: Mailgun) -> None:
    """One more is refused."""
    await mg.templates.create("t")
    for n in range(40):
        await mg.templates.create_version("t", f"v{n}", template="x")
    with pytest.raises(BadRequest, match="at most 40 versions"):
        await mg.templates.create_version("t", "v40", template="x")
