"""What leaves: the upward envelope, and the rows of envelopes to each addressee, by wire or on a disc."""
