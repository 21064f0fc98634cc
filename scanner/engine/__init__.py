"""Where work runs: local threads for now, behind one name."""
