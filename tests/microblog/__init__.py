"""The microblog, through HTTP."""
