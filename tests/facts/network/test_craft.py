"""Templates: what is patched, and the checksums over it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.facts.network.craft import Patch, Sum, Template, word_sum


@given(st.binary(min_size=8, max_size=8), st.integers(0, 65_535))
def test_a_patched_frame_sums_to_all_ones(token: bytes, index: int) -> None:
    template = Template(bytes(20), (Patch(2, "index16"), Patch(4, "token", 0, 4)), (Sum(10, 0, 20),))
    total = word_sum(template.fill(index, token))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    assert total == 0xFFFF


def test_a_vlan_id_keeps_the_priority_bits() -> None:
    assert Template(bytes.fromhex("e001"), (Patch(0, "vlan"),)).fill(0xFFF, bytes(8)) == bytes.fromhex("efff")


def test_a_zero_udp_sum_is_written_as_all_ones() -> None:
    frame = Template(bytes.fromhex("ffff0000"), (), (Sum(2, 0, 4, udp=True),)).fill(0, bytes(8))
    assert frame == bytes.fromhex("ffffffff")


def test_a_template_comes_back_from_its_data() -> None:
    template = Template(bytes(30), (Patch(1, "index8"), Patch(3, "token", 2, 6)), (Sum(10, 0, 20, 77, True),))
    assert Template.read(template.data()) == template


@pytest.mark.parametrize(
    "data", [{"frame": "00", "patches": [[1, "index8", 0, 8]], "sums": []}, {"frame": "0g", "patches": [], "sums": []}]
)
def test_other_data_are_refused(data: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Template.read(data)
