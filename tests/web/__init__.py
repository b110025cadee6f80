"""Journeys of people through the web app, in a real browser against the real server."""
