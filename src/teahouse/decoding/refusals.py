"""Owns the one exception by which a decoder refuses a file for a known reason."""

from teahouse.decoding.jobs import Reason


class Refused(Exception):
    """The file is not taken: why, and a sentence for people."""

    def __init__(self, reason: Reason, words: str) -> None:
        super().__init__(words)
        self.reason: Reason = reason
        self.words = words
