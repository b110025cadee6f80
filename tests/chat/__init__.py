"""Chat: rooms, events and the rules that govern them."""
