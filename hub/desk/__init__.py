"""The same web for one unit, on loopback, for a person who does not love terminals. The only room of the hub that may start runs."""
