"""Lookup (信息查询): find notices as one types."""
