"""Looking at a segment without sending anything: live, or from a file."""
