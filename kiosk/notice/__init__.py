"""One notice (公告详情), to be read to its end and taken away."""
