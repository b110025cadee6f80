"""Delivery: from a committed event to the push gateways of those whom it notifies."""
