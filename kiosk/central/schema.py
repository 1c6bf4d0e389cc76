"""Tables of the central server; any SQL engine. Times are microseconds since 1970 UTC."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData()

facts = Table(
    "facts",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)

channels = Table(
    "channels",
    metadata,
    Column("name", String(60), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("min_seq", BigInteger, nullable=False),
)
"""One counter a channel, counted up inside the transaction that writes to the channel."""

changes = Table(
    "changes",
    metadata,
    Column("channel", String(60), ForeignKey("channels.name"), primary_key=True),
    Column("id", String(220), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("rev", String(64), nullable=False),
    Column("doc", Text),
    Index("changes_in_order", "channel", "seq", unique=True),
)
"""What terminals can read: the newest state of each document, `doc` empty for a tombstone."""

notices = Table(
    "notices",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("channel", String(60), ForeignKey("channels.name"), nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("published_at", BigInteger, nullable=False),
    Column("valid_until", BigInteger),
    Column("ocid", String(200)),
    Column("held", Boolean, nullable=False),
    Column("withdrawn_at", BigInteger),
    Column("doc", Text),
    Index("notices_by_release", "held", "published_at"),
    Index("notices_by_ocid", "ocid"),
)
"""What was imported; `held` rows wait for `published_at`, unseen by any feed."""

events = Table(
    "events",
    metadata,
    Column("source", String(120), primary_key=True),
    Column("id", String(64), primary_key=True),
    Column("type", String(100), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("received_on", String(10), nullable=False),
    Column("data", Text, nullable=False),
    Index("events_by_type", "type", "received_on"),
)
"""What terminals sent. `received_on` is a day of Shanghai: a finer time could tell who it was."""

cancellations = Table(
    "cancellations",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("ocid", String(200), nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("done", Boolean, nullable=False),
    Index("cancellations_by_time", "done", "due_at"),
    Index("cancellations_by_ocid", "ocid"),
)
"""Ends of contracting processes: from `due_at` on, earlier notices of `ocid` are withdrawn."""
