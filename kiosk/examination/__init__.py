"""Looking at files that a visitor wants to hand in, before they are offered for upload.

Nothing here changes a file: it is accepted as it is, byte for byte, or refused with the reason.
"""
