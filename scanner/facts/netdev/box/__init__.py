"""What a network device does with packets, read from its configuration, in words that no vendor owns; and the search for a flow through it."""
