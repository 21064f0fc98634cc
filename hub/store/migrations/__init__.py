"""Steps of the schema, one file each. ``python -m hub.store.draft WORDS`` writes the next one from what changed in ``tables``."""
