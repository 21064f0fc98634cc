"""Catalogue stores: what they hold is read here, decided on the spot by ``scanner.facts.holdings``, and only counts leave."""
