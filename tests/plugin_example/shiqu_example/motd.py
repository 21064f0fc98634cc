"""The message of the day is not empty / 登录提示语不为空."""

from dataclasses import dataclass

from shiqu import Absent, Answer, Files, Probe, Verdict, check, fact, met, read_files, unmet


@fact(Probe("example.motd", "files", ("/etc/motd",)))
@dataclass(frozen=True)
class Motd:
    """The message of the day."""

    text: str

    @classmethod
    def read(cls, answer: Answer) -> "Motd | Absent":
        files: Files = read_files(answer)
        text = files.text("/etc/motd")
        return text if isinstance(text, Absent) else cls(text)


@check("example.motd-set")
def motd_set(motd: Motd) -> Verdict:
    size = len(motd.text.strip())
    return met({"length": size}) if size else unmet({"length": 0}, wanted="> 0")
