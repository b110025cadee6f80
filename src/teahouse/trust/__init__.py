"""Trust: the public log of what operators decide, which anybody can check and nobody can change unseen.

    service.py      the door;  log.py  appending, checkpoints, proofs, the weeks' entries
    entries.py      what an entry may say (pure);  merkle.py  the tree and its proofs (pure)
    notes.py        signed checkpoints (pure);  proof_files.py  what a person checks his decision with (pure)
    tiles.py        where the log's pieces lie (pure);  verify.py  checking a whole log from outside
    routes.py       the wire;  store_log.py  all SQL

No log entry, no action: whoever restrains somebody or takes something away calls `trust.log.append(tx, Logged(...))`
inside the same write, and keeps the number it gives. The log never learns names, ids or texts but in the record, which
stays with the person whom it concerns and is erased with the account.

Tables: log_entries, log_hashes, log_records. Forms: RFC 6962, and the C2SP ones of signed-note, tlog-checkpoint,
tlog-tiles and tlog-proof.
"""

from teahouse.trust.entries import APPEAL, DECISION, Logged
from teahouse.trust.notes import Verifier
from teahouse.trust.proof_files import check_proof, read_proof
from teahouse.trust.routes import ROUTES, LogEntry, log_entry
from teahouse.trust.service import Trust
from teahouse.trust.verify import Fetch, verify_log

__all__ = [
    "APPEAL",
    "DECISION",
    "ROUTES",
    "Fetch",
    "LogEntry",
    "Logged",
    "Trust",
    "Verifier",
    "check_proof",
    "log_entry",
    "read_proof",
    "verify_log",
]
