"""sshd offers strong ciphers, message digests, key exchanges and signatures only: a name that is not on the list counts as weak."""

from scanner.api import Absent, Status, Verdict, check, linux, met, unknown, unmet

Match = linux.SshdMatch | Absent
Daemon = linux.SshdDaemon | Absent

CIPHERS = (
    "chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes128-gcm@openssh.com,aes256-ctr,aes192-ctr,aes128-ctr,"
    "sm4-ctr,sm4-gcm@openssh.com"
)
MACS = (
    "hmac-sha2-512-etm@openssh.com,hmac-sha2-256-etm@openssh.com,umac-128-etm@openssh.com,hmac-sha2-512,hmac-sha2-256,"
    "umac-128@openssh.com,hmac-sm3,hmac-sm3-etm@openssh.com"
)
KEX = (
    "mlkem768x25519-sha256,sntrup761x25519-sha512,sntrup761x25519-sha512@openssh.com,curve25519-sha256,curve25519-sha256@libssh.org,"
    "ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521,diffie-hellman-group14-sha256,diffie-hellman-group15-sha512,"
    "diffie-hellman-group16-sha512,diffie-hellman-group17-sha512,diffie-hellman-group18-sha512,diffie-hellman-group-exchange-sha256,sm2-sm3"
)
SIGNATURES = (
    "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,rsa-sha2-256,sk-ssh-ed25519@openssh.com,"
    "sk-ecdsa-sha2-nistp256@openssh.com,webauthn-sk-ecdsa-sha2-nistp256@openssh.com,sm2,ssh-sm2"
)
_CERTIFICATE = "-cert-v01@openssh.com"


def _judge(setting: linux.SshdSetting | Absent, accepted: frozenset[str]) -> Verdict:
    if isinstance(setting, Absent):
        return unknown(setting.why, setting.detail)
    offered = {name.strip().lower() for place in setting.places for name in place.value.split(",")} - {""}
    bad = sorted(offered - accepted)
    if bad or not offered:
        return unmet({"weak": bad[:20], "count": len(bad)}, wanted="strong only", detail=setting.remark, scope=setting.scope)
    return met({"offered": sorted(offered)[:20]}, detail=setting.remark, scope=setting.scope)


def _names(text: str) -> frozenset[str]:
    return frozenset(name.strip().lower() for name in text.split(","))


@check("linux.ssh-ciphers")
def ciphers(sshd: linux.SshdConfig, match: Match, daemon: Daemon, *, accepted: str = CIPHERS) -> Verdict:
    return _judge(linux.sshd_setting("ciphers", sshd, match, daemon), _names(accepted))


@check("linux.ssh-macs")
def macs(sshd: linux.SshdConfig, match: Match, daemon: Daemon, *, accepted: str = MACS) -> Verdict:
    return _judge(linux.sshd_setting("macs", sshd, match, daemon), _names(accepted))


@check("linux.ssh-key-exchange")
def key_exchange(sshd: linux.SshdConfig, match: Match, daemon: Daemon, *, accepted: str = KEX) -> Verdict:
    return _judge(linux.sshd_setting("kexalgorithms", sshd, match, daemon), _names(accepted))


@check("linux.ssh-signatures")
def signatures(sshd: linux.SshdConfig, match: Match, daemon: Daemon, *, accepted: str = SIGNATURES) -> Verdict:
    names = _names(accepted)
    # A certificate is as strong as the signature under it; security keys carry their @openssh.com once.
    names |= {name.removesuffix("@openssh.com") + _CERTIFICATE for name in names}
    host = _judge(linux.sshd_setting("hostkeyalgorithms", sshd, match, daemon), names)
    user = _judge(linux.sshd_setting("pubkeyacceptedalgorithms", sshd, match, daemon, "pubkeyacceptedkeytypes"), names)
    return user if host.status is Status.MET else host
