"""The first screen: what one can do here, and the next bid opening."""
