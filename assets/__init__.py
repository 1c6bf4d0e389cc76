"""What the program reads but does not execute: words, settings to start from, lists."""
