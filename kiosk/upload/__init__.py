"""Handing in files (数据上传): where they come from, what is chosen, how it gets there."""
