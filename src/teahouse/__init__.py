"""Teahouse: a messenger that a community runs for itself. ARCHITECTURE.md is the map."""
