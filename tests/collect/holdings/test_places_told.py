"""Of connection strings and options of foreign servers nothing but the host is kept."""

import pytest

from scanner.collect.holdings.servers.address import conninfo_host


@pytest.mark.parametrize(("text", "host"), [
    ("host=10.1.2.3 dbname=x password=secret", "10.1.2.3"),
    ("dbname=x hostaddr='10.1.2.3' user=y", "10.1.2.3"),
    ("postgresql://u:secret@db.example:5432/x", "db.example"),
    ("ora dbserver=//192.168.1.225:1521/ORCL", "192.168.1.225"),
    ("ms servername=192.168.1.226 port=1433", "192.168.1.226"),
    ("mongo address=[2001:db8::1] port=27017", "2001:db8::1"),
    ("odbc Driver=x;Server=old,1433;Uid=sa;Pwd=secret", "old"),
    ("password=secret", "?"),
])  # fmt: skip
def test_the_host_alone(text: str, host: str) -> None:
    assert conninfo_host(text) == host
