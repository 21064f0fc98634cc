"""Windows facts, by the portable script. ``scanner.api.windows`` is this package."""

from scanner.facts.windows.attachment import Attachment
from scanner.facts.windows.network_history import KnownNetwork, NetworkHistory, UsbDevice
from scanner.facts.windows.network_settings import NetworkSettings, Server
from scanner.facts.windows.remote_tools import RemoteTools
from scanner.facts.windows.sharing import Sharing

__all__ = ["Attachment", "KnownNetwork", "NetworkHistory", "NetworkSettings", "RemoteTools", "Server", "Sharing", "UsbDevice"]
