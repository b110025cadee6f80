"""Signing: canonical JSON, the server's Ed25519 key, and checking of other people's signatures over JSON."""

from teahouse.kernel.signing.canonical_json import canonical_json, check_canonical, refuse_floats
from teahouse.kernel.signing.signing_key import SigningKey, decode_base64, is_signed_by, unpadded_base64

__all__ = [
    "SigningKey",
    "canonical_json",
    "check_canonical",
    "decode_base64",
    "is_signed_by",
    "refuse_floats",
    "unpadded_base64",
]
