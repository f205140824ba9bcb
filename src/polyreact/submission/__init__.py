"""Submissions: the contract, the manifest and the predictions table, all read as untrusted data."""
