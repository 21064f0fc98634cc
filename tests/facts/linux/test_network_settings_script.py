"""The script of ``linux.network-settings`` on files made for it: what it keeps, and that secrets stay on the host."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from scanner.facts.linux.network_settings import _ASK

FILES = {
    "etc/resolv.conf": "nameserver 192.0.2.1\n  search x\nnameserver 192.0.2.2",
    "etc/dnsmasq.d/a=b.conf": "server=/x/192.0.2.3#53\n#server=no\nservers=no\n",
    "etc/named.conf": "options {\n forwarders { 192.0.2.4; // note\n 192.0.2.5; # note\n };\n other;\n};\n",
    "etc/bind/named.conf": "forwarders {\n",
    "etc/bind/named.conf.local": "other;\n",
    "etc/environment": "HTTP_PROXY=http://user:secret@192.0.2.6:3128/\nPATH=/bin\n# proxy\n",
    "etc/apt/apt.conf.d/95 proxy": '// proxy\nAcquire::http::Proxy "http://user:secret@apt:1/";\n',
    "etc/proxychains.conf": "socks5 192.0.2.7 1080 user secret\n",
    "etc/yum.conf": "proxy_password=secret=secret\nProxyAuth = secret\n" + "proxy" + "x" * 400 + "\n",
    "environ": "A=1\0https_proxy=http://user:secret@192.0.2.8:1\0my-proxy=1\0",
}
ROWS = """== resolv
|/etc/resolv.conf\tnameserver 192.0.2.1
|/etc/resolv.conf\t  search x
|/etc/resolv.conf\tnameserver 192.0.2.2
== forwarders
|/etc/dnsmasq.d/a=b.conf\tserver=/x/192.0.2.3#53
== named
|/etc/named.conf\t forwarders { 192.0.2.4;\x20
|/etc/named.conf\t 192.0.2.5;\x20
|/etc/named.conf\t };
|/etc/bind/named.conf\tforwarders {
== proxies
|/etc/environment\tHTTP_PROXY=http://192.0.2.6:3128/
|/etc/apt/apt.conf.d/95 proxy\tAcquire::http::Proxy "http://apt:1/";
|/etc/yum.conf\tproxy_password=
|/etc/yum.conf\tProxyAuth =
|/etc/yum.conf\tproxy@X@
|/etc/proxychains.conf\tsocks5 192.0.2.7 1080
|environment of process 1\thttps_proxy=http://192.0.2.8:1
""".replace("@X@", "x" * 295)


@pytest.mark.parametrize(
    ("shell", "tools"),
    [(("sh",), ""), (("busybox", "sh"), 'awk() { busybox awk "$@"; }\n'), (("sh",), 'awk() { busybox awk "$@"; }\n')],
    ids=["system", "busybox", "sh with busybox awk"],
)
def test_rows(tmp_path: Path, shell: tuple[str, ...], tools: str) -> None:
    """Every kind of line, in order, without a secret."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    script = _ASK[: _ASK.index("echo '== chrony'")].replace("</proc/1/environ", f"<{tmp_path}/environ")
    for folder in ("etc", "run", "root", "home"):
        script = script.replace(f" /{folder}/", f" {tmp_path}/{folder}/")
    done = subprocess.run(
        [*shell, "-c", tools + script], capture_output=True, text=True, check=True, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"}
    )
    assert done.stderr == ""
    assert done.stdout.replace(str(tmp_path), "") == ROWS
