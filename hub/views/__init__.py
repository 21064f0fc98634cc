"""Questions to the store, answered as plain data for pages, exports and the API. Each takes a Sight."""
