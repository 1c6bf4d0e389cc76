"""资料录入: filling in a form of the centre."""
