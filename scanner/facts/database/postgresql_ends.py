"""When the PostgreSQL community ends the support of each major version."""

from __future__ import annotations

END_OF_LIFE = {
    9: "2021-11-11",
    10: "2022-11-10",
    11: "2023-11-09",
    12: "2024-11-21",
    13: "2025-11-13",
    14: "2026-11-12",
    15: "2027-11-11",
    16: "2028-11-09",
    17: "2029-11-08",
    18: "2030-11-14",
}
"""Major version to the last day of its support, YYYY-MM-DD; 9 stands for 9.6, older ones ended before."""
