"""A browser without a window: requests straight into the application."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from hub.desk.app import Desk, create_app


class Browser:
    """Keeps its cookies; follows nothing. Addresses are those below the desk's secret path."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        way = httpx.ASGITransport(create_app(desk), raise_app_exceptions=False, client=("127.0.0.1", 40000))
        self.client = httpx.AsyncClient(transport=way, base_url=f"http://127.0.0.1:{desk.port}", follow_redirects=False, timeout=120)

    def request(self, method: str, url: str, **more: Any) -> httpx.Response:
        return self.bare(method, self.desk.base + url, **more)

    def bare(self, method: str, url: str, **more: Any) -> httpx.Response:
        """Of an address as it is."""
        return asyncio.run(self.client.request(method, url, **more))

    def get(self, url: str, **more: Any) -> httpx.Response:
        return self.request("GET", url, **more)

    def post(self, url: str, **more: Any) -> httpx.Response:
        return self.request("POST", url, **more)
