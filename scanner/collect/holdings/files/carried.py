"""Files that other files carry: attachments of mail, workbooks inside documents."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from io import BytesIO

from scanner.collect.holdings.files import package as packages
from scanner.collect.holdings.files.archives import Inner, zip_members
from scanner.collect.holdings.files.broken import told
from scanner.collect.holdings.files.content import Content
from scanner.facts.holdings.reading import Unread

OFFICE = ("docx", "pptx", "xlsx")
FILES = (".xlsx", ".xls", ".xlsb", ".docx", ".doc", ".pptx", ".csv", ".txt")


def mail_members(content: Content) -> Iterator[Inner]:
    """Every part of a message that is not made of parts itself."""
    import email.policy

    with told():
        message = email.message_from_bytes(content.whole(), policy=email.policy.compat32)
        for number, part in enumerate(message.walk(), 1):
            data = part.get_payload(decode=True)
            if isinstance(data, bytes) and data:
                end = "csv" if part.get_content_subtype() == "csv" else "html" if part.get_content_subtype() == "html" else "part"
                yield content.member(f"part{number}.{end}", len(data), partial(BytesIO, data))


def embedded(content: Content) -> Iterator[Inner]:
    """Files of offices inside a file of an office."""
    with packages.opened(content) as package:
        if not any("embeddings" in name for name in package.namelist()):
            return
    for inner in zip_members(content):
        path = inner.place.path if isinstance(inner, Unread) else inner.path
        if "/embeddings/" in path and path.lower().endswith(FILES):
            yield inner
