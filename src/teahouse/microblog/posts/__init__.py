"""Posts: writing, editing and deleting them, what people do with them, and the one door that decides who sees them."""
