"""Our play-through of PAM stacks against libpam itself: random stacks of pam_debug, pam_permit and pam_deny."""

import ctypes
import random
import re
from pathlib import Path

import pytest

from scanner.facts.fact import write_files
from scanner.facts.linux.pam import Entry, Pam
from scanner.facts.linux.pam_chain import outcomes
from scanner.model.evidence import Answer

pytestmark = pytest.mark.lab
CODES = ["success", "auth_err", "ignore", "user_unknown", "perm_denied", "new_authtok_reqd", "maxtries"]
STACKS = 300


class Conversation(ctypes.Structure):
    _fields_ = (("function", ctypes.c_void_p), ("data", ctypes.c_void_p))


def control(rng: random.Random) -> str:
    if rng.random() < 0.45:
        return rng.choice(["required", "requisite", "sufficient", "optional", "REQUIRED"])
    actions = ["ok", "done", "bad", "die", "ignore", "reset", "1", "2", "3"]
    parts = [f"{code}={rng.choice(actions)}" for code in rng.sample(CODES, rng.randint(0, 3))]
    parts.append(f"default={rng.choice(actions)}")
    return "[" + " ".join(parts) + "]"


def stack(rng: random.Random, names: list[str]) -> str:
    out = []
    for _ in range(rng.randint(1, 5)):
        draw = rng.random()
        if draw < 0.2 and names:
            out.append(f"auth {rng.choice(['include', 'substack'])} {rng.choice(names)}")
        elif draw < 0.3:
            out.append(f"auth {control(rng)} {rng.choice(['pam_permit.so', 'pam_deny.so'])}")
        elif draw < 0.36:
            out.append(rng.choice(["account required pam_deny.so", "# auth required pam_deny.so \\", ""]))
        else:
            out.append(f"auth {control(rng)} pam_debug.so auth={rng.choice(CODES)}")
    return "\n".join(out) + "\n"


def libpam_says(library: ctypes.CDLL, folder: Path) -> bool:
    conversation = Conversation(None, None)
    handle = ctypes.c_void_p()
    started = library.pam_start_confdir(b"svc", b"nobody", ctypes.byref(conversation), str(folder).encode(), ctypes.byref(handle))
    assert started == 0
    result: int = library.pam_authenticate(handle, 0)
    library.pam_end(handle, result)
    return result == 0


def ours(files: dict[str, str]) -> set[bool]:
    fact = Pam.read(Answer(write_files({f"/etc/pam.d/{name}": text for name, text in files.items()})))
    assert isinstance(fact, Pam)
    chain = fact.chain("svc", "auth")
    assert isinstance(chain, tuple)

    def codes(entry: Entry) -> tuple[str, ...] | None:
        return (entry.arg("auth") or "",) if entry.module == "pam_debug" else None

    return {success for success, _ in outcomes(chain, codes)}


def test_every_stack_ends_as_libpam_ends_it(tmp_path: Path) -> None:
    library = ctypes.CDLL("libpam.so.0")
    library.pam_authenticate.argtypes = [ctypes.c_void_p, ctypes.c_int]
    library.pam_end.argtypes = [ctypes.c_void_p, ctypes.c_int]
    passed = 0
    for seed in range(STACKS):
        rng = random.Random(seed)
        files = {"c": stack(rng, []), "b": stack(rng, ["c"]), "svc": stack(rng, ["b", "c"]), "other": "auth required pam_deny.so\n"}
        for name, text in files.items():
            (tmp_path / name).write_text(re.sub(r"(include|substack) ([bc])", rf"\1 {tmp_path}/\2", text))
        real = libpam_says(library, tmp_path)
        mine = ours(files)
        # pam_deny's code differs by phase and version, so a stack with it may have two ends.
        assert real in mine, (seed, files)
        assert len(mine) == 1 or any("pam_deny" in text for text in files.values()), (seed, files)
        passed += real
    assert passed > 5
