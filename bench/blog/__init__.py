"""The microblog of a city: what fills it, who reads it, and what is asked of it."""
