"""Tests of accounts: sign-in, sessions, people, account data."""
