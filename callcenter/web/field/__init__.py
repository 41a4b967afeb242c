"""The technicians' telephone: jobs, photographs, what works without network, and the codes on the doors."""

from callcenter.web.field import doors, offline, page, photos  # noqa: F401 - their routes stand on the blueprint
from callcenter.web.field.base import blueprint

__all__ = ["blueprint"]
