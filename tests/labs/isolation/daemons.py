"""Real daemons in the boxes of a topology."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tests.labs.isolation.topology import Net, Process, run

SSHD = shutil.which("sshd") or "/usr/sbin/sshd"


def host_key(net: Net, name: str) -> Path:
    """An SSH host key; the same name is the same key (a cloned image)."""
    path = net.folder / f"key-{name}"
    if not path.exists():
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(path))
    return path


def sshd(net: Net, box: str, key: str | None = None, port: int = 22, *options: str) -> Process:
    """An SSH server. It takes the topology's own login key."""
    os.makedirs("/run/sshd", exist_ok=True)
    login = host_key(net, "login")
    settings = (
        f"HostKey={host_key(net, key or box)}", f"AuthorizedKeysFile={login}.pub", "PermitRootLogin=yes", "StrictModes=no",
        "UsePAM=no", "PidFile=none", "MaxStartups=200:30:400", *options,
    )  # fmt: skip
    argv = [SSHD, "-D", "-e", "-f", "/dev/null", "-p", str(port), *(word for setting in settings for word in ("-o", setting))]
    return net.start(box, *argv, listens=f"tcp :{port}")


def ssh(net: Net, box: str, peer: str, *options: str, listens: str | None = None) -> Process:
    """A resident SSH client that forwards something."""
    quiet = ("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "ExitOnForwardFailure=yes")
    argv = ("ssh", "-F", "/dev/null", "-N", "-i", str(host_key(net, "login")), *quiet, *options, f"root@{peer}")
    return net.start(box, *argv, listens=listens)


def dnsmasq(net: Net, box: str, *options: str, listens: str = "udp :53") -> Process:
    """A resolver without /etc."""
    quiet = ("--keep-in-foreground", "--conf-file=/dev/null", "--no-hosts", "--no-resolv", "--pid-file", "--user=root")
    return net.start(box, "dnsmasq", *quiet, *options, listens=listens)


def unbound(net: Net, box: str, domain: str, server: str) -> Process:
    """A full resolver that asks a domain's name server itself and minimises names, as its defaults say."""
    path = net.folder / "unbound.conf"
    path.write_text(
        'server:\n  interface: 0.0.0.0\n  access-control: 0.0.0.0/0 allow\n  use-syslog: no\n  logfile: ""\n  chroot: ""\n  username: ""\n'
        '  directory: ""\n  pidfile: ""\n  module-config: "iterator"\n  do-ip6: no\n  num-threads: 1\n  qname-minimisation: yes\n'
        f'remote-control:\n  control-enable: no\nstub-zone:\n  name: "{domain}"\n  stub-addr: {server}\n'
    )
    return net.start(box, "unbound", "-d", "-c", str(path), listens="udp :53")


def tinyproxy(net: Net, box: str, address: str, port: int, bind: str) -> Process:
    """An HTTP proxy that refuses CONNECT; it goes out from its outer address."""
    path = net.folder / "tinyproxy.conf"
    path.write_text(f"Port {port}\nListen {address}\nBind {bind}\nTimeout 10\nMaxClients 40\nConnectPort 9\nLogLevel Error\n")
    return net.start(box, "tinyproxy", "-d", "-c", str(path), listens=f"tcp :{port}")


def microsocks(net: Net, box: str, address: str, port: int) -> Process:
    """A SOCKS5 server."""
    return net.start(box, "microsocks", "-i", address, "-p", str(port), listens=f"tcp :{port}")


def socat(net: Net, box: str, listen: str, to: str, listens: str) -> Process:
    """A relay."""
    return net.start(box, "socat", listen, to, listens=listens)


def haproxy(net: Net, box: str, text: str, listens: str) -> Process:
    """A load balancer from its configuration's text."""
    path = net.folder / "haproxy.cfg"
    path.write_text(
        f"global\n  nbthread 1\n  maxconn 200\ndefaults\n  mode tcp\n  timeout connect 3s\n  timeout client 9s\n  timeout server 9s\n{text}\n"
    )
    return net.start(box, "haproxy", "-db", "-f", str(path), listens=listens)


def radvd(net: Net, box: str, interface: str, prefix: str, lifetime: int = 1800) -> Process:
    """Router announcements of a prefix."""
    path = net.folder / "radvd.conf"
    path.write_text(
        f"interface {interface} {{ AdvSendAdvert on; MinRtrAdvInterval 3; MaxRtrAdvInterval 4; AdvDefaultLifetime {lifetime};"
        f" prefix {prefix} {{ AdvOnLink on; AdvAutonomous on; }}; }};\n"
    )
    return net.start(box, "radvd", "-n", "-m", "stderr", "-C", str(path), "-p", str(net.folder / "radvd.pid"), "-u", "root")


def portal(net: Net, box: str, *ports: int) -> Process:
    """A captive portal: 200 and a page that repeats what was asked, whatever was asked."""
    listen = "".join(f"listen {port}; " for port in ports)
    path = net.folder / "nginx.conf"
    path.write_text(
        f"pid {net.folder}/nginx.pid; daemon off; master_process off; user root; error_log stderr;\nevents {{}}\nhttp {{ access_log off; "
        + "".join(f"{kind}_temp_path {net.folder}/{kind}; " for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        + f"server {{ {listen} error_page 400 405 =200 @all; location / {{ return 200 '<h1>login</h1> $request'; }}"
        " location @all { return 200 '<h1>login</h1> $request'; } } }\n"
    )
    return net.start(box, "nginx", "-e", "stderr", "-c", str(path), listens=f"tcp :{ports[0]}")


def httpd(net: Net, box: str, port: int, words: str) -> Process:
    """A small web server with a page of its own."""
    folder = net.folder / f"www-{box}-{port}"
    folder.mkdir()
    (folder / "index.html").write_text(words)
    return net.start(box, "python3", "-m", "http.server", str(port), "-d", str(folder), listens=f"tcp :{port}")


def certificate(net: Net) -> Path:
    """The certificate and key of a make, in one file."""
    crt, key, both = (net.folder / f"make.{end}" for end in ("crt", "key", "pem"))
    if not both.exists():
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "3650", "-subj", "/CN=device",
            "-keyout", str(key), "-out", str(crt))  # fmt: skip
        both.write_bytes(crt.read_bytes() + key.read_bytes())
    return both


def appliance(net: Net, box: str, port: int = 443, page: str | None = None) -> Process:
    """A web interface over TLS with the certificate of its make; ``page`` is what it does with a request instead of naming itself."""
    both, path, does = certificate(net), net.folder / f"nginx-{box}.conf", page or f"return 200 '{box}'"
    path.write_text(
        f"pid {net.folder}/nginx-{box}.pid; daemon off; master_process off; user root; error_log stderr;\nevents {{}}\nhttp {{ access_log off; "
        + "".join(f"{kind}_temp_path {net.folder}/{box}-{kind}; " for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        + f"server {{ listen {port} ssl; ssl_certificate {both}; ssl_certificate_key {both}; location / {{ {does}; }} }} }}\n"
    )
    return net.start(box, "nginx", "-e", "stderr", "-c", str(path), listens=f"tcp :{port}")
