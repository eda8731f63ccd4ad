"""What can be wrong with the log, each condition by its name.

>>> LogRolledBack.code
'log_rolled_back'
"""

from cameo_service.errors import ServiceError


class NotYetLogged(ServiceError):
    """No checkpoint covers the entry yet; one follows within a second."""

    code = "not_yet_logged"


class LogBroken(ServiceError):
    """The log cannot go on, because what is there contradicts what was published."""

    code = "log_broken"


class LogRolledBack(LogBroken):
    """The database holds fewer entries than a checkpoint that was published."""

    code = "log_rolled_back"


class LogForked(LogBroken):
    """The database's entries do not give the root that was published for them."""

    code = "log_forked"


class CheckpointForged(LogBroken):
    """What stands where the checkpoint was published is none of this log's."""

    code = "log_checkpoint_forged"


class TileAltered(LogBroken):
    """A tile or a bundle of entries is missing, or is not what was published."""

    code = "log_tile_altered"


class EntryAltered(LogBroken):
    """An entry in the database is missing, or is not the one that was published."""

    code = "log_entry_altered"


class OpeningAltered(LogBroken):
    """An opening in the database does not open its entry."""

    code = "log_opening_altered"


class OpeningMissing(LogBroken):
    """An opening is gone that nobody erased."""

    code = "log_opening_missing"


class NotPublished(ServiceError):
    """There is no checkpoint, and there was none: this log has not begun."""

    code = "log_not_published"
