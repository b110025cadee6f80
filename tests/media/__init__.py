"""Tests of the media slice: uploads, downloads, the store, quotas, previews and the operator's commands."""
