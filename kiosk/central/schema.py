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

blobs = Table(
    "blobs",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("size", BigInteger, nullable=False),
)
"""附件: the files in the folder of attachments. A row outlives its file, never the other way."""

attachments = Table(
    "attachments",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("listed", Boolean, primary_key=True),
    Column("notice_id", String(200), primary_key=True),
    Index("attachments_by_notice", "notice_id"),
)
"""Which notice has which file; `listed` once the version that has it is in a feed."""

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

project_notices = Table(
    "project_notices",
    metadata,
    Column("notice_id", String(200), primary_key=True),
    Column("tender_no", String(300), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("published_at", BigInteger, nullable=False),
    Column("closes_at", BigInteger),
    Column("opens_at", BigInteger),
    Index("project_notices_by_tender", "tender_no", "published_at"),
)
"""Notices in a feed that decide about handing in (`kiosk.sync.project`), by their tender."""

openings_started = Table(
    "openings_started",
    metadata,
    Column("notice_id", String(200), primary_key=True),
    Column("tender_no", String(300), nullable=False),
    Column("started_at", BigInteger, nullable=False),
)
"""开标 that staff said had started, by the notice that invited."""

uploads = Table(
    "uploads",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("submission", String(36), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("length", BigInteger, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("found_sha256", String(64)),
    Column("named", Text, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("claimed", Boolean, nullable=False),
    Index("uploads_by_file", "submission", "sha256"),
    Index("uploads_by_end", "expires_at"),
)
"""Files on their way. Bytes up to `offset` are on the disk, whatever happens to the process.
`found_sha256` is of the whole, once received; `named` is the Upload-Metadata as it came;
`claimed` once a submission has the file."""

submissions = Table(
    "submissions",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("person", String(64), nullable=False),
    Column("notice_id", String(200), nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("manifest", Text, nullable=False),
    Column("token", Text, nullable=False),
    Column("short", Text, nullable=False),
    Index("submissions_by_person", "person"),
    Index("submissions_by_notice", "notice_id"),
)
"""提交. `digest` and `person` are keyed hashes; `manifest` has its number masked."""

submitted_files = Table(
    "submitted_files",
    metadata,
    Column("submission", String(36), ForeignKey("submissions.id"), primary_key=True),
    Column("place", BigInteger, primary_key=True),
    Column("file", String(40), nullable=False, unique=True),
)
"""Which file in the folder of submissions is which of a manifest's, from 0."""

staff = Table(
    "staff",
    metadata,
    Column("key", String(40), primary_key=True),
    Column("name", String(60), nullable=False),
    Column("roles", String(100), nullable=False),
    Column("valid_from", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("card", String(64), unique=True),
    Column("signs", Text),
    Column("former", Text, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("removed_at", BigInteger),
)
"""工作人员账户, as in `kiosk.sync.staff`. `card` and `signs` are gone once removed; the latter and
`former`, the keys before, are JSON."""

staff_cards = Table(
    "staff_cards",
    metadata,
    Column("mark", String(64), primary_key=True),
    Column("person", String(40), nullable=False),
)
"""Cards of removed accounts, as `staff.card` had them, with the key of each one's first account."""

staff_history = Table(
    "staff_history",
    metadata,
    Column("key", String(40), ForeignKey("staff.key"), primary_key=True),
    Column("person", String(40), nullable=False),
    Column("roles", Text, nullable=False),
)
"""Of accounts that have any: `person` and `former_roles`, the latter as JSON."""

authorisations = Table(
    "authorisations",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("unit", String(300), nullable=False),
    Column("credit_code", String(18), nullable=False),
    Column("name", String(300), nullable=False),
    Column("role", String(20), nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("withdrawn_at", BigInteger),
    Index("authorisations_by_end", "expires_at"),
)
"""授权码 that were given; `name` is masked. The code itself is kept nowhere."""
