"""Public pages and feeds: what visitors and search engines see of profiles, posts and tags. No script, no cookie.

public.py   what may be shown: asked of the doors that answer a visitor's API calls
show.py     templates, headers, and the only place that says what is markup
feeds.py    RSS
texts/      every sentence;  templates/  style.css
"""
