"""Texts of posts and profiles: what is mentioned, tagged and linked in them, and the HTML made of them. Pure."""
