"""Pages and API: one guarded router, server-rendered, no outside request."""
