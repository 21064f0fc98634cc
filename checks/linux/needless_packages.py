"""Old or needless software must not be installed / 过时和用不到的软件包不得留在系统里."""

from collections.abc import Callable

from scanner.api import Verdict, check, linux, met, unmet

PACKAGES = {
    "nis": ("nis", "yp-tools"),
    "rsh-client": ("rsh", "rsh-client", "rsh-redone-client"),
    "rsh-server": ("rsh-server", "rsh-redone-server"),
    "talk-client": ("talk",),
    "talk-server": ("talk-server", "talkd"),
    "telnet-client": ("telnet", "inetutils-telnet", "telnet-ssl"),
    "telnet-server": ("telnet-server", "telnetd", "inetutils-telnetd", "telnetd-ssl"),
    "tftp-client": ("tftp", "tftp-hpa", "atftp"),
    "tftp-server": ("tftp-server", "tftpd-hpa", "atftpd", "tftpd"),
    "vsftpd": ("vsftpd",),
    "x-server": ("xorg-x11-server-common", "xserver-xorg-core", "xorg-x11-server-Xorg"),
    "xinetd": ("xinetd", "openbsd-inetd", "inetutils-inetd", "rlinetd"),
    "ypbind": ("ypbind", "ypbind-mt"),
    "ypserv": ("ypserv",),
}


def _make(name: str) -> Callable[..., Verdict]:
    @check(f"linux.package-{name}")
    def one(packages: linux.Packages) -> Verdict:
        found = packages.has(*PACKAGES[name])
        shown = {"installed": found, "packages": len(packages.installed)}
        return unmet(shown, wanted={"installed": []}) if found else met(shown)

    return one


globals().update({"package_" + name.replace("-", "_"): _make(name) for name in PACKAGES})
