"""The tables of signing in, each beside what it is for."""

from access.accounts.models import RoleProposal
from access.factors.models import Authenticator, RecoveryCode
from access.passwords.models import FormerPassword
from access.sessions.models import Session

__all__ = ["Authenticator", "FormerPassword", "RecoveryCode", "RoleProposal", "Session"]
