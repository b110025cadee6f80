"""The one ordered stream: facts, and the doorbell that tells of them after the commit."""

from teahouse.kernel.stream.doorbell import Doorbell
from teahouse.kernel.stream.facts import Fact

__all__ = ["Doorbell", "Fact"]
