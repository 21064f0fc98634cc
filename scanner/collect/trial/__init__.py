"""Active trials on a wire: frames out and in, in bulk, within a rate."""
