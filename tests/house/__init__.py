"""The rules of the house, as tests: layout, boundaries, routes, documentation."""
