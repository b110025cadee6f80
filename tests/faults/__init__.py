"""Faults on purpose: killed servers, full disks, databases that go away, floods, slow and vanishing clients."""
