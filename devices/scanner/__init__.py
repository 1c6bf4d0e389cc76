"""Scanners of QR codes at a serial line: what they read comes as a line of text."""
