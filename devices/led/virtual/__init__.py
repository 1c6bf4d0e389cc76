"""A virtual BX-K board: demonstrates, trains and tests without hardware.

It reads the wire with a parser of its own and imports nothing of the driver, so that both
cannot misread the specification in the same way.
"""
