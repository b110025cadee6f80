"""Tests of what looks into files: real pictures, films and voices, made on the spot, and hostile ones."""
