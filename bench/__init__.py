"""Benchmarks that anyone can run; the peer stands in the same run."""
