"""Who may log in, who is logged in, and who looked at whom."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from call_events.tables import CallEventRow
from database.base import Base, UtcTime

# The one question the console asks of events by agent: the calls missed today. Partial, so that
# the recorder pays for it only when a call is missed.
Index(
    "ix_call_events_missed",
    CallEventRow.agent,
    CallEventRow.at,
    sqlite_where=text("type = 'MemberMissed'"),
    postgresql_where=text("type = 'MemberMissed'"),
)


class UserRow(Base):
    """One person with an account; only agents have an extension, and each its own."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    username: Mapped[str] = mapped_column(String(32), unique=True)
    password_hash: Mapped[str] = mapped_column(String(255))
    display_name: Mapped[str] = mapped_column(String(50))
    role: Mapped[str] = mapped_column(String(16))
    extension: Mapped[str | None] = mapped_column(String(8), unique=True)
    language: Mapped[str] = mapped_column(String(2))
    disabled: Mapped[bool] = mapped_column(Boolean, default=False)
    created_at: Mapped[datetime] = mapped_column(UtcTime)


class SessionRow(Base):
    """One login; the browser holds the token, this row only its SHA-256."""

    __tablename__ = "sessions"
    __table_args__ = (Index("ix_sessions_expires", "expires_at"),)

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(Integer, ForeignKey("users.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    expires_at: Mapped[datetime] = mapped_column(UtcTime)


class LoginAttemptRow(Base):
    """How often a login was tried from one place in the present window."""

    __tablename__ = "login_attempts"
    __table_args__ = (Index("ix_login_attempts_ends", "ends_at"),)

    # A digest of user name and address: neither is kept in clear text.
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    attempts: Mapped[int] = mapped_column(Integer)
    ends_at: Mapped[datetime] = mapped_column(UtcTime)


class AuditRow(Base):
    """One look-up of a person by a person; rows are only ever added."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_at", "at"), Index("ix_audit_subject", "subject"))

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(UtcTime)
    username: Mapped[str] = mapped_column(String(32))
    action: Mapped[str] = mapped_column(String(32))
    # A call id or a ticket number; for a search by number, the number's digest.
    subject: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(45))
