"""A virtual scanner of QR codes: demonstrates, trains and tests without hardware.

It imports nothing of the driver, so that both cannot misread in the same way.
"""
