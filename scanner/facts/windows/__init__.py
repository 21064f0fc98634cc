"""Windows facts: adapters, sharing, history, settings and programs, by the portable script."""
