"""Facts of the family network: what a wire says, and what two wires say of each other."""
