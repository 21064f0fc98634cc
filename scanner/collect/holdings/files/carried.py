"""Files that other files carry: attachments of mail, workbooks inside documents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from io import BytesIO

from scanner.collect.holdings.files import package as packages
from scanner.collect.holdings.files.archives import Inner, zip_members
from scanner.collect.holdings.files.broken import told
from scanner.collect.holdings.files.content import Content
from scanner.facts.holdings.hints import hint_in_title
from scanner.facts.holdings.leftover import has_level
from scanner.facts.holdings.reading import Unread
from scanner.model.absent import Why

OFFICE = ("docx", "pptx", "xlsx", "opendocument")
OBJECT = re.compile(
    r"/embeddings/|(?:^|!)Object[^/]*$|(?:^|!)Media/[^/]*\.(?:ods|odt|csv|txt)$|(?:^|!)word/[^/]*\.(?:html?|mht|rtf|txt|docx)$"
)
"""Where a package keeps what it carries."""
FILES = (".ods", ".odt", ".pdf", ".xlsx", ".xls", ".xlsb", ".docx", ".doc", ".pptx", ".csv", ".txt")


def mail_members(content: Content) -> Iterator[Inner]:
    """Every part of a message that is not made of parts itself."""
    import email.header
    import email.policy

    with told():
        message = email.message_from_bytes(content.whole(), policy=email.policy.compat32)
        subject = str(email.header.make_header(email.header.decode_header(message.get("Subject") or "")))
        if hint_in_title(subject) or has_level(subject):
            yield Unread(content.place(), Why.GARBLED, "a subject that names a level")
        for number, part in enumerate(message.walk(), 1):
            data = part.get_payload(decode=True)
            if isinstance(data, bytes) and data:
                end = "csv" if part.get_content_subtype() == "csv" else "html" if part.get_content_subtype() == "html" else "part"
                yield content.member(f"part{number}.{end}", len(data), partial(BytesIO, data))


def embedded(content: Content) -> Iterator[Inner]:
    """Files of offices inside a file of an office."""
    with packages.opened(content) as package:
        if not any(OBJECT.search(name) for name in package.namelist()):
            return
    for inner in zip_members(content):
        path = inner.place.path if isinstance(inner, Unread) else inner.path
        if OBJECT.search(path) and (path.lower().endswith(FILES) or "/embeddings/" not in path):
            yield inner
