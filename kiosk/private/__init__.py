"""The terminal's encrypted store: drafts, staged files, receipts and what is owed to the server."""
