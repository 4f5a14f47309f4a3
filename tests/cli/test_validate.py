from __future__ import annotations

import gzip
import io
import json
import threading
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

Run = Callable[..., Result]

RESULTS = b"address,result\nbob@example.com,deliverable\n"


class Service(ThreadingHTTPServer):
    """Answers of validation: a job is done at the second look."""

    result = "deliverable"
    status = "uploaded"
    packed = RESULTS

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.asked: list[str] = []
        self.uploaded = b""

    def answer(self, verb: str, path: str, body: bytes) -> Any:
        """Return bytes, or what becomes JSON."""
        self.asked.append(f"{verb} {path}")
        if path == "/results":
            return self.packed
        if path == "/v4/address/validate":
            return {"address": "bob@example.com", "result": self.result, "risk": "low", "reason": []}
        if verb == "POST":
            self.uploaded = body
            return {"id": "x", "message": "started"}
        looks = sum(asked.startswith("GET /v4") for asked in self.asked)
        job = {"id": "x", "status": "processing" if looks == 1 else self.status, "quantity": 1, "reason": "no credit"}
        summary = {"result": {"deliverable": 1, "undeliverable": 0}, "risk": {"low": 1}}
        return {**job, "download_url": {"csv": f"{self.url}/results"}, "summary": summary}


class Handler(BaseHTTPRequestHandler):
    """Hands calls to the service."""

    server: Service

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        answer = self.server.answer(self.command, self.path.partition("?")[0], body)
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = _answer  # noqa: N815 -- the base class wants these names

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """Validation on this machine, found in the environment."""
    with Service() as service:
        thread = threading.Thread(target=service.serve_forever, args=(0.01,))
        thread.start()
        monkeypatch.setenv("MAILGUN_API_KEY", "key")
        monkeypatch.setenv("MAILGUN_BASE_URL", service.url)
        yield service
        service.shutdown()
        thread.join()


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """A file of one address."""
    file = tmp_path / "people.csv"
    file.write_text("email\nbob@example.com\n")
    return file


@pytest.mark.parametrize(("result", "code"), [("deliverable", 0), ("catch_all", 0), ("undeliverable", 1)])
def test_an_address_is_told_by_exit_code_too(run: Run, service: Service, result: str, code: int) -> None:
    """1 when mail would not reach it; the address is in no URL."""
    service.result = result
    shown = run("validate", "bob@example.com", "--json")
    assert (shown.exit_code, json.loads(shown.stdout)["result"]) == (code, result)
    assert service.asked == ["POST /v4/address/validate"]


@pytest.mark.parametrize("how", ["plain", "gzip", "zip"])
def test_a_file_is_uploaded_waited_for_and_downloaded(run: Run, service: Service, people: Path, how: str) -> None:
    """However Mailgun packs the results, they are a CSV beside the file."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as packed:
        packed.writestr("results.csv", RESULTS)
    service.packed = {"plain": RESULTS, "gzip": gzip.compress(RESULTS), "zip": kept.getvalue()}[how]
    result = run("validate", people, "--list-id", "mine", "--every", "0.01")
    assert result.exit_code == 0, result.output
    assert b"bob@example.com" in service.uploaded
    assert "POST /v4/address/validate/bulk/mine" in service.asked
    assert (people.parent / "people-validated.csv").read_bytes() == RESULTS
    assert ["deliverable", "1"] in [line.split() for line in result.stdout.splitlines()]


def test_json_tells_where_results_are(run: Run, service: Service, people: Path, tmp_path: Path) -> None:
    """And how many came to what."""
    result = run("validate", people, "--save", tmp_path / "out.csv", "--every", "0.01", "--json")
    document = json.loads(result.stdout)
    assert (document["quantity"], document["results"]) == (1, str(tmp_path / "out.csv"))
    assert document["result"] == {"deliverable": 1, "undeliverable": 0}
    assert document["id"].startswith("people-")


def test_a_job_that_fails_tells_why_and_exits_with_1(run: Run, service: Service, people: Path) -> None:
    """Nothing is written."""
    service.status = "failed"
    result = run("validate", people, "--every", "0.01")
    assert (result.exit_code, "no credit" in result.stderr) == (1, True)
    assert not (people.parent / "people-validated.csv").exists()


def test_no_file_is_written_over(run: Run, service: Service, people: Path) -> None:
    """And nothing is asked, as it would be paid for."""
    (people.parent / "people-validated.csv").write_text("mine")
    result = run("validate", people)
    assert (result.exit_code, service.asked) == (2, [])


@pytest.mark.parametrize("arguments", [("nobody",), ("missing.csv",)])
def test_what_is_neither_address_nor_file_is_refused(run: Run, service: Service, arguments: tuple[str]) -> None:
    """Before anything is asked."""
    result = run("validate", *arguments)
    assert (result.exit_code, service.asked) == (2, [])


def test_looks_need_time_between_them(run: Run, service: Service, people: Path) -> None:
    """More than none."""
    assert (run("validate", people, "--every", "0").exit_code, service.asked) == (2, [])
