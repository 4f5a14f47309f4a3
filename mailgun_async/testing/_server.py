"""HTTP for the emulator: requests read to their end, answers written, late, or spoiled as a fault asks for."""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
from email.utils import formatdate
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from aiohttp import web

from mailgun_async.testing import _control, _routes
from mailgun_async.testing._service import Answer, Asked, Service, json_answer

if TYPE_CHECKING:
    from mailgun_async.testing._faults import FaultName, Faults
    from mailgun_async.testing._route import Route
    from mailgun_async.transport.clock import Clock

__all__ = ["Server"]

_log = logging.getLogger("mailgun_async.testing")

MAX_REQUEST = int(52.4 * 1024 * 1024)

_PROXY_PAGE = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
_SPOILED: dict[str, bytes] = {
    "drop": b"",
    "garbage": b"\x16\x03\x01 this is not HTTP\r\n\r\n",
    "half-head": b"HTTP/1.1 200 OK\r\nContent-Type: application/js",
    "half-body": b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 80\r\n\r\n{"id": "<',
}
"""What the connection still carries before it is closed."""


class Server:
    """Serves one `Service` on one port."""

    def __init__(self, service: Service, faults: Faults, clock: Clock) -> None:
        self._service, self._faults, self._clock = service, faults, clock
        self._stopping = asyncio.Event()
        server = web.Server(self._handle, request_factory=_new_request, handler_cancellation=True, access_log=None)
        self._runner = web.ServerRunner(server, shutdown_timeout=1.0)

    async def start(self, host: str, port: int) -> int:
        """Listen; returns the port, which the system chose if 0 was asked for."""
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        bound: int = self._runner.addresses[0][1]
        return bound

    async def stop(self) -> None:
        """Close every connection; calls that hang are let go."""
        self._stopping.set()
        await self._runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.rel_url.raw_path
        if path.startswith(_control.HOME):
            return self._response(_control.answer(path, self._service, self._faults))
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return self._response(json_answer({"message": "request size exceeds 52.4MiB limit"}, 413))
        self._service.counts.requests += 1
        route, arguments = _routes.find(tuple(unquote(part) for part in path[1:].split("/")))
        asked = Asked(
            arguments=arguments, query=request.query, headers=request.headers, body=body, now=self._clock.wall()
        )
        answer, fault = await self._carry_out(route, request.method, asked)
        _log.info("%s %s %s", request.method, path, fault or answer.status)
        return self._response(answer) if fault is None else await self._spoil(request, answer, fault)

    async def _carry_out(self, route: Route | None, method: str, asked: Asked) -> tuple[Answer, FaultName | None]:
        """Carry a request out, unless a fault comes before: what is to be answered, and the fault that spoils it."""
        if route is None:
            return _routes.answer(self._service, None, method, asked), None
        fault = self._faults.before(route.rate_class)
        if fault is not None:
            return _routes.unauthorized(route), fault
        answer = _routes.answer(self._service, route, method, asked)
        if delay_s := self._faults.delay_s(route.rate_class):
            await self._clock.sleep(delay_s)
        accepted = answer.status < web.HTTPBadRequest.status_code
        return answer, self._faults.after(route.rate_class) if accepted else None

    async def _spoil(self, request: web.BaseRequest, answer: Answer, fault: FaultName) -> web.StreamResponse:
        """Commit a fault. What is returned after a closed connection is never written."""
        kind = fault.removesuffix("-before").removesuffix("-after")
        if kind == "401":
            return self._response(answer)
        if kind == "500":
            return self._response(json_answer({"message": "Internal Server Error"}, 500))
        if kind == "502":
            return self._response(Answer(502, _PROXY_PAGE, "text/html"))
        if kind == "hang":
            await self._stopping.wait()
        transport = request.transport
        if transport is not None and kind == "rst":
            _reset(transport)
        elif transport is not None:
            transport.write(_SPOILED.get(kind, b""))
            transport.close()
        return web.Response()

    def _response(self, answer: Answer) -> web.Response:
        headers = {
            "Content-Type": answer.content_type,
            "Date": formatdate(self._clock.wall(), usegmt=True),
            **answer.headers,
        }
        return web.Response(status=answer.status, body=answer.body, headers=headers)


def _reset(transport: asyncio.Transport) -> None:
    """Close with RST instead of FIN."""
    connection: socket.socket = transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def _new_request(message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> web.BaseRequest:
    loop = asyncio.get_running_loop()
    return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=MAX_REQUEST)
