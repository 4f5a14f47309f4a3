from __future__ import annotations

from pathlib import Path

import pytest

from mailgun_async.errors import InvalidMessage
from mailgun_async.message import whole_parts
from mailgun_async.transport.encoding import file_part, streamed_part


async def test_whole_parts_have_the_content_of_their_files(tmp_path: Path) -> None:
    """As if it had been held in memory from the start; others stay as they are."""
    path = tmp_path / "a.txt"
    path.write_bytes(b"content")
    streamed = streamed_part("attachment", "a.txt", path, 7, "text/plain")
    assert await whole_parts([b"other", streamed]) == [
        b"other",
        file_part("attachment", "a.txt", b"content", "text/plain"),
    ]


@pytest.mark.parametrize("content", [b"", b"more than it was", b"less"])
async def test_a_file_that_changes_meanwhile_is_refused(tmp_path: Path, content: bytes) -> None:
    """The size was checked, and the content may be half written."""
    path = tmp_path / "a.txt"
    path.write_bytes(content)
    with pytest.raises(InvalidMessage, match=r"can't attach .*a\.txt: it is being written to"):
        await whole_parts([streamed_part("attachment", "a.txt", path, 7, "text/plain")])


async def test_a_file_that_is_gone_is_refused(tmp_path: Path) -> None:
    """With the reason of the system."""
    with pytest.raises(InvalidMessage, match=r"can't attach .*a\.txt: No such file"):
        await whole_parts([streamed_part("attachment", "a.txt", tmp_path / "a.txt", 7, "text/plain")])
