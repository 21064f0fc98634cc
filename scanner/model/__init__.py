"""The nouns of the river: frozen dataclasses; each room makes exactly one of them from the one before.

Standard library only, but for the codec (msgspec) in :mod:`scanner.model.canonical`.
"""
