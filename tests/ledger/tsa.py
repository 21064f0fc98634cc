"""A time-stamping authority of one's own, run by the openssl command, for tests."""

from __future__ import annotations

import hashlib
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from scanner.ledger import der, libcrypto, pkcs8, sm2

CONFIG = """
[tsa]
default_tsa = one
[one]
serial = {folder}/serial
signer_digest = {digest}
default_policy = 1.2.3.4
digests = sha256, sha384, sha512, sm3
accuracy = secs:1
ess_cert_id_alg = sha256
{more}
[req]
distinguished_name = dn
[dn]
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[leaf]
basicConstraints = CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, {usage}
"""
KEYS = {
    "rsa": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
    "ec": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "sm2": ["-algorithm", "SM2"],
}


def oid(text: str) -> bytes:
    """An object identifier by the hex of its body."""
    return der.tlv(der.OID, bytes.fromhex(text))


class Authority:
    """A root, and a certificate of the authority that the root signed; ``between`` puts one more in the middle."""

    def __init__(self, folder: Path, kind: str = "rsa", usage: str = "timeStamping", between: bool = False) -> None:
        self.folder = folder
        folder.mkdir()
        self.digest = "sm3" if kind == "sm2" else "sha256"
        (folder / "serial").write_text("01\n")
        self._config()
        text = CONFIG.format(folder=folder, digest=self.digest, usage=usage, more="")
        (folder / "c.cnf").write_text(text)
        self._key("root", kind)
        self._sm2 = ["-sigopt", "distid:1234567812345678"] if kind == "sm2" else []
        name = ["-subj", "/CN=Root", "-days", "3650", "-config", "c.cnf", "-extensions", "ca"]
        self._run("req", "-x509", *self._sm2, f"-{self.digest}", "-new", "-key", "root.key", *name, "-out", "root.pem")
        issuer = "root"
        if between:
            self._issue("middle", kind, "/CN=Middle", "ca", issuer)
            issuer = "middle"
        self._issue("tsa", kind, "/CN=Clock", "leaf", issuer)
        chain = (folder / "middle.pem").read_bytes() if between else b""
        (folder / "chain.pem").write_bytes(chain + (folder / "root.pem").read_bytes())

    def reply(self, query: bytes) -> bytes:
        """The answer to a request."""
        if self._sm2:
            return self._reply_sm2(query)
        (self.folder / "q.tsq").write_bytes(query)
        chain = ["-chain", "chain.pem"]
        self._run("ts", "-reply", "-config", "c.cnf", "-section", "one", "-queryfile", "q.tsq", "-inkey", "tsa.key", "-signer", "tsa.pem", *chain, "-out", "r.tsr")  # fmt: skip
        return (self.folder / "r.tsr").read_bytes()

    def _reply_sm2(self, query: bytes) -> bytes:
        """``openssl ts`` does not sign with SM2: the same structure written by hand, signed by libcrypto."""
        imprint = der.children(der.read(query))[1].raw
        now = datetime.now(UTC).strftime("%Y%m%d%H%M%SZ").encode()
        info = der.tlv(der.SEQUENCE, der.integer(1), oid("2a0304"), imprint, der.integer(7), der.tlv(0x18, now))
        certificate = pkcs8.unpem("CERTIFICATE", self.certificate("tsa").encode())
        named = der.tlv(
            der.SEQUENCE, der.tlv(der.SEQUENCE, der.tlv(der.SEQUENCE, der.tlv(der.OCTETS, hashlib.sha256(certificate).digest())))
        )
        body = b"".join(
            der.tlv(der.SEQUENCE, oid(name), der.tlv(der.SET, value))
            for name, value in (
                ("2a864886f70d010903", oid("2a864886f70d0109100104")),
                ("2a864886f70d010904", der.tlv(der.OCTETS, sm2.sm3(info))),
                ("2a864886f70d010910022f", named),
            )
        )
        private = pkcs8.unpem("PRIVATE KEY", (self.folder / "tsa.key").read_bytes())
        signature = libcrypto.sign_sm2(private, der.tlv(der.SET, body))
        sm3 = der.tlv(der.SEQUENCE, oid("2a811ccf55018311"))
        issuer = der.children(der.children(der.read(certificate))[0])
        signer = der.tlv(
            der.SEQUENCE,
            der.integer(1),
            der.tlv(der.SEQUENCE, issuer[3].raw, issuer[1].raw),
            sm3,
            der.tlv(0xA0, body),
            der.tlv(der.SEQUENCE, oid("2a811ccf55018375")),
            der.tlv(der.OCTETS, signature),
        )
        content = der.tlv(der.SEQUENCE, oid("2a864886f70d0109100104"), der.tlv(0xA0, der.tlv(der.OCTETS, info)))
        signed = der.tlv(der.SEQUENCE, der.integer(3), der.tlv(der.SET, sm3), content, der.tlv(0xA0, certificate), der.tlv(der.SET, signer))
        token = der.tlv(der.SEQUENCE, oid("2a864886f70d010702"), der.tlv(0xA0, signed))
        return der.tlv(der.SEQUENCE, der.tlv(der.SEQUENCE, der.integer(0)), token)

    def certificate(self, name: str) -> str:
        """One certificate in PEM."""
        text = (self.folder / f"{name}.pem").read_text()
        return text[text.index("-----BEGIN") :]

    def _config(self) -> None:
        for name in ("middle", "tsa"):
            (self.folder / f"{name}.srl").write_text("02\n")

    def _key(self, name: str, kind: str) -> None:
        self._run("genpkey", *KEYS[kind], "-out", f"{name}.key")

    def _issue(self, name: str, kind: str, subject: str, section: str, issuer: str) -> None:
        self._key(name, kind)
        self._run(
            "req", "-new", *self._sm2, f"-{self.digest}", "-key", f"{name}.key", "-subj", subject, "-config", "c.cnf", "-out", f"{name}.csr"
        )
        ids = [*self._sm2, "-vfyopt", "distid:1234567812345678"] if kind == "sm2" else []
        by = ["-CA", f"{issuer}.pem", "-CAkey", f"{issuer}.key", "-set_serial", str(len(name) + 5), "-days", "3650"]
        self._run(
            "x509",
            "-req",
            f"-{self.digest}",
            *ids,
            *by,
            "-in",
            f"{name}.csr",
            "-extfile",
            "c.cnf",
            "-extensions",
            section,
            "-out",
            f"{name}.pem",
        )

    def _run(self, *argv: str) -> None:
        done = subprocess.run(["openssl", *argv], cwd=self.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{argv}: {done.stderr}"
