"""The benchmark: measures a homeserver through the Matrix client-server API only.

Owns the load generator, the scenarios, their goals and the kept results. It refuses to know how the measured
server works inside, except for `cloning` and `blog`, which fill Teahouse's own database with more
rows than the API could.
"""
