"""The visitor's phone (手机): a page served by this terminal, on its own network, while wanted.

The page is plain HTTP unless the centre has a certificate for a name of this terminal: a
certificate that the terminal signs itself makes every phone warn, and teaches people to go on in
spite of warnings. What is sent over plain HTTP is protected by the radio network's own encryption
and by the page's one-time address; see the section `[phone]` of the settings.
"""
