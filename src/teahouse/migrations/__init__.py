"""Numbered SQL, forward only; never edit a step that was released."""
