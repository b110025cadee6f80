"""Tests of the settings: where they come from, what is refused, what is shown."""
