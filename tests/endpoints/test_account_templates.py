from __future__ import annotations

from datetime import UTC, datetime

import attrs
import pytest

from mailgun_async.endpoints._group import Done
from mailgun_async.endpoints.account_templates import CopyTarget, Template, TemplateCopies, TemplateVersion
from tests.endpoints.table import Case

WHEN = datetime(1955, 11, 12, 6, 38, tzinfo=UTC)
VERSION = {
    "tag": "v1",
    "template": "<p>{{name}}</p>",
    "engine": "handlebars",
    "mjml": "",
    "createdAt": "Sat, 12 Nov 1955 06:38:00 UTC",
    "comment": "first",
    "active": True,
    "id": "3efd",
    "headers": {"Subject": "Hello"},
}
TEMPLATE = {
    "name": "welcome",
    "description": "To new ones",
    "createdAt": "Sat, 12 Nov 1955 06:38:00 UTC",
    "createdBy": "ada",
    "id": "4656",
}
VERSION_MODEL = TemplateVersion(
    tag="v1",
    template="<p>{{name}}</p>",
    engine="handlebars",
    mjml="",
    created_at=WHEN,
    comment="first",
    active=True,
    id="3efd",
    headers={"Subject": "Hello"},
)
MODEL = Template(name="welcome", description="To new ones", created_at=WHEN, created_by="ada", id="4656")
BOTH = {"message": "stored", "template": {**TEMPLATE, "version": VERSION}}
BOTH_MODEL = attrs.evolve(MODEL, version=VERSION_MODEL)
NAMES = {"message": "done", "template": {"name": "welcome", "version": {"tag": "v1"}}}
NAMES_MODEL = Template(name="welcome", version=TemplateVersion(tag="v1"))
PATH = "/v4/templates"

CASES = [
    Case(
        call=lambda mg: mg.account_templates.list(limit=100),
        http="GET /v4/templates",
        path=PATH,
        query={"limit": ["100"]},
        answer={"items": [TEMPLATE], "paging": {"next": "https://api.mailgun.net/v3/x"}},
        gives=[MODEL],
    ),
    Case(
        call=lambda mg: mg.account_templates.get("welcome", active=True),
        http="GET /v4/templates/{template_name}",
        path=f"{PATH}/welcome",
        query={"active": ["yes"]},
        answer=BOTH,
        gives=BOTH_MODEL,
    ),
    Case(
        call=lambda mg: mg.account_templates.create(
            "welcome",
            description="To new ones",
            created_by="ada",
            template="<p>{{name}}</p>",
            tag="v1",
            comment="first",
            headers={"Subject": "Hello"},
        ),
        http="POST /v4/templates",
        path=PATH,
        fields={
            "name": ["welcome"],
            "description": ["To new ones"],
            "createdBy": ["ada"],
            "template": ["<p>{{name}}</p>"],
            "tag": ["v1"],
            "comment": ["first"],
            "headers": ['{"Subject":"Hello"}'],
        },
        answer=BOTH,
        gives=BOTH_MODEL,
    ),
    Case(
        call=lambda mg: mg.account_templates.update("welcome", description="new"),
        http="PUT /v4/templates/{template_name}",
        path=f"{PATH}/welcome",
        fields={"description": ["new"]},
        answer={"message": "updated", "template": {"name": "welcome"}},
        gives=Template(name="welcome"),
    ),
    Case(
        call=lambda mg: mg.account_templates.delete("welcome"),
        http="DELETE /v4/templates/{template_name}",
        path=f"{PATH}/welcome",
        answer={"message": "deleted", "template": {"name": "welcome"}},
        gives=Template(name="welcome"),
    ),
    Case(
        call=lambda mg: mg.account_templates.delete_all(),
        http="DELETE /v4/templates",
        path=PATH,
        answer={"message": "templates have been deleted"},
        gives=Done(message="templates have been deleted"),
    ),
    Case(
        call=lambda mg: mg.account_templates.list_versions("welcome", limit=10),
        http="GET /v4/templates/{template_name}/versions",
        path=f"{PATH}/welcome/versions",
        query={"limit": ["10"]},
        answer={"template": {**TEMPLATE, "versions": [VERSION]}, "paging": {"next": "https://api.mailgun.net/v3/x"}},
        gives=[VERSION_MODEL],
    ),
    Case(
        call=lambda mg: mg.account_templates.get_version("welcome", "v1"),
        http="GET /v4/templates/{template_name}/versions/{version_name}",
        path=f"{PATH}/welcome/versions/v1",
        answer=BOTH,
        gives=BOTH_MODEL,
    ),
    Case(
        call=lambda mg: mg.account_templates.create_version(
            "welcome", "v1", template="x", comment="first", active=True, headers={}
        ),
        http="POST /v4/templates/{template_name}/versions",
        path=f"{PATH}/welcome/versions",
        fields={"template": ["x"], "tag": ["v1"], "comment": ["first"], "active": ["yes"], "headers": ["{}"]},
        answer=BOTH,
        gives=BOTH_MODEL,
    ),
    Case(
        call=lambda mg: mg.account_templates.update_version(
            "welcome", "v1", template="x", comment="second", active=False, headers={}
        ),
        http="PUT /v4/templates/{template_name}/versions/{version_name}",
        path=f"{PATH}/welcome/versions/v1",
        fields={"template": ["x"], "comment": ["second"], "active": ["no"], "headers": ["{}"]},
        answer=NAMES,
        gives=NAMES_MODEL,
    ),
    Case(
        call=lambda mg: mg.account_templates.delete_version("welcome", "v1"),
        http="DELETE /v4/templates/{template_name}/versions/{version_name}",
        path=f"{PATH}/welcome/versions/v1",
        answer=NAMES,
        gives=NAMES_MODEL,
    ),
    Case(
        call=lambda mg: mg.account_templates.copy_version("welcome", "v1", to="v2", comment="a copy"),
        http="PUT /v4/templates/{template_name}/versions/{version_name}/copy/{new_version_name}",
        path=f"{PATH}/welcome/versions/v1/copy/v2",
        query={"comment": ["a copy"]},
        answer={"message": "copied", "version": VERSION},
        gives=VERSION_MODEL,
    ),
    Case(
        call=lambda mg: mg.account_templates.copy(
            "welcome",
            to=[CopyTarget(account_id="1", name="hi", domain="b.example.com"), CopyTarget(account_id="2", name="hi")],
            versions=["v1"],
        ),
        http="PUT /v4/templates/{template_name}/copy",
        path=f"{PATH}/welcome/copy",
        json={
            "requests": [
                {"account_id": "1", "name": "hi", "domain": "b.example.com"},
                {"account_id": "2", "name": "hi"},
            ],
            "source_versions": ["v1"],
        },
        answer={
            "message": "some failed",
            "failed_copies": [{"account_id": "2", "name": "hi"}],
            "error": "no such account",
        },
        gives=TemplateCopies(
            message="some failed", failed_copies=[CopyTarget(account_id="2", name="hi")], error="no such account"
        ),
    ),
    Case(
        call=lambda mg: mg.account_templates.rename("welcome", to="hello"),
        http="PUT /v4/templates/{template_name}/rename/{new_template_name}",
        path=f"{PATH}/welcome/rename/hello",
        answer={"message": "renamed", "template": {"name": "hello"}},
        gives=Template(name="hello"),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_calls(case: Case) -> None:
    """Each call makes exactly its request, and gives its model."""
    await case.check()
