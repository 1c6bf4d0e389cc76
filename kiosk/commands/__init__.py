"""The subcommands of `mingtang`, one module each: `add` declares it, `run` does it."""
