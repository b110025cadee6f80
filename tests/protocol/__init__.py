"""Scripts with several actors that read like a play: who does what, and what everybody sees of it."""
