"""One piece of evidence as an object of the shelf: a header line of canonical JSON, then stdout, then stderr.

The digest of these bytes is what every verdict cites; ``sha256sum objects/HEX`` in an unzipped shelf gives the same.
Target and time stand in the manifest, so that equal answers of many hosts are kept once.
"""

from __future__ import annotations

from typing import Any

from scanner.errors import KeepError
from scanner.model.absent import Absent, Why
from scanner.model.canonical import canonical, strict_loads
from scanner.model.evidence import Answer, Evidence

MAGIC = "shiqu/evidence/1"


def pack(evidence: Evidence) -> bytes:
    """The object's bytes."""
    absent = evidence.absent
    head: dict[str, Any] = {
        "schema": MAGIC,
        "probe": evidence.probe,
        "kind": evidence.kind,
        "exit": evidence.exit,
        "privilege": evidence.privilege,
        "stdout": len(evidence.stdout),
        "stderr": len(evidence.stderr),
        "why": absent.why.value if absent is not None else None,
        "detail": absent.detail if absent is not None else "",
    }
    return canonical(head) + b"\n" + evidence.stdout + evidence.stderr


def unpack(data: bytes) -> tuple[dict[str, Any], Answer | Absent]:
    """Header and answer (or Absent). Raises KeepError when the bytes are not an object of ours."""
    line, separator, body = data.partition(b"\n")
    try:
        head = strict_loads(line)
        size = head["stdout"]
        if type(size) is not int or type(head["stderr"]) is not int or min(size, head["stderr"]) < 0 or not isinstance(head["probe"], str):
            raise ValueError("types")
        if not separator or head["schema"] != MAGIC or size + head["stderr"] != len(body):
            raise ValueError("lengths")
        if head["why"] is not None:
            return head, Absent(Why(head["why"]), head["detail"])
        return head, Answer(body[:size], body[size:], head["exit"], head["privilege"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise KeepError("object-broken", detail=error) from None
