"""A virtual reader of resident ID cards: demonstrates, trains and tests without hardware.

It reads and writes the wire with code of its own and imports nothing of the driver, so that
both cannot misread the specification in the same way.
"""
