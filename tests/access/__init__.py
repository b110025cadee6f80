"""Who may read and do what: every route, every role."""
