"""The retention schedule in plain words, as it is published: generated from the settings.

>>> from cameo_service.settings import Settings
>>> rules = {rule.code: rule for rule in schedule(Settings())}
>>> rules["scans"].kept, rules["scans"].days
('30 days', 30)
"""

from dataclasses import dataclass

from cameo_service.settings import Settings
from cameo_service.settings_groups import variable


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionRule:
    """How long something is kept, and what becomes of it.

    `days` is the same in days, None where it hangs on an event and on no time; `setting` the
    variable that it is set by.
    """

    code: str
    what: str
    kept: str
    then: str
    days: float | None = None
    setting: str | None = None


def schedule(settings: Settings) -> tuple[RetentionRule, ...]:
    """Every rule, what is most personal first."""
    return (*_likeness(settings), *_around(settings), *_lasting(settings))


def _likeness(settings: Settings) -> tuple[RetentionRule, ...]:
    inactive, notice = settings.inactive_cameo_days, settings.inactive_notice_days
    return (
        RetentionRule(
            code="recordings",
            what="Recordings of enrollments",
            kept="until their result stands, mostly some minutes",
            then="deleted, whether the attempt succeeded or failed",
        ),
        RetentionRule(
            code="recordings_in_review",
            what="Recordings that a person has to look at",
            kept=f"until somebody did, at most {_days(settings.review_days)}",
            then="deleted; where nobody did, the enrollment ends",
            days=settings.review_days,
            setting=variable("review_days"),
        ),
        RetentionRule(
            code="templates",
            what="Templates of face and voice, and the stills and the speech that they are made of",
            kept="as long as the cameo lives",
            then="destroyed with their key when the cameo is revoked or erased",
        ),
        _timed(
            "enrollment_reports",
            "Results of the checks, challenges and accommodations of enrollments that are over",
            "enrollment_report_days",
            settings.enrollment_report_days,
            "destroyed; who enrolled when, and what they agreed to, stays",
        ),
        RetentionRule(
            code="protected_faces",
            what="Templates of faces that are protected; their stills go when these are made",
            kept="as long as the face is protected",
            then="destroyed with their key; that it was protected, and why, stays until the "
            "person's last cameo is erased",
        ),
        RetentionRule(
            code="inactive_cameos",
            what="Cameos whose credential has expired, and that nobody asks about or uses",
            kept=f"{_days(inactive)}, with a notice to the owner {_days(notice)} before",
            then="erased",
            days=inactive,
            setting=variable("inactive_cameo_days"),
        ),
    )


def _around(settings: Settings) -> tuple[RetentionRule, ...]:
    return (
        _timed(
            "inquiries",
            "Counts of who asked about a cameo",
            "inquiry_retention_days",
            settings.inquiry_retention_days,
            "deleted; all of them with the cameo, when it is erased",
        ),
        _timed(
            "scans",
            "Results of scans of uploads; the uploads go when the result stands",
            "scan_retention_days",
            settings.scan_retention_days,
            "deleted",
        ),
        _timed(
            "notices",
            "Notices",
            "notice_retention_days",
            settings.notice_retention_days,
            "deleted, read or not; those of a cameo that is about to be erased go with it",
        ),
        _timed(
            "webhook_deliveries",
            "Deliveries of webhooks, once they are delivered or given up",
            "webhook_retention_days",
            settings.webhook_retention_days,
            "deleted; they name ids and nothing else",
        ),
        RetentionRule(
            code="kept_answers",
            what="Answers kept for requests that are sent again, sealed under the caller's key",
            kept=_hours(settings.idempotency_hours),
            then="deleted",
            days=settings.idempotency_hours / 24,
            setting=variable("idempotency_hours"),
        ),
        _timed(
            "jobs",
            "Notes of work that was done",
            "job_retention_days",
            settings.job_retention_days,
            "deleted",
        ),
    )


def _lasting(settings: Settings) -> tuple[RetentionRule, ...]:
    return (
        _timed(
            "erasures",
            "Certificates of erasure, who was told, and who confirmed",
            "erasure_retention_days",
            settings.erasure_retention_days,
            "deleted; the log's entry stays",
        ),
        RetentionRule(
            code="agreements",
            what="Grants, approvals, requests for access, permits, uses, receipts, and who was "
            "handed identity packages: what was agreed, and what was made of it",
            kept="as long as the service runs",
            then="nothing: both sides of a contract need it; it names ids and no likeness",
        ),
        RetentionRule(
            code="people",
            what="What a platform says of people: minority, death, who represents whom, who is "
            "mutual with whom, whom they block",
            kept="until it says otherwise",
            then="replaced; ended mandates stay with the contracts that were made under them",
        ),
        RetentionRule(
            code="log_entries",
            what="Entries of the consent log",
            kept="for ever",
            then="nothing: an entry says when what kind of thing happened, and names nobody; what "
            "connects it with a cameo is destroyed when the cameo is erased",
        ),
    )


def _timed(code: str, what: str, setting: str, days: int, then: str) -> RetentionRule:
    return RetentionRule(
        code=code, what=what, kept=_days(days), then=then, days=days, setting=variable(setting)
    )


def _days(number: int) -> str:
    """The number as it is set, and in years where it is about whole ones.

    >>> _days(1), _days(1095)
    ('1 day', '1095 days (3 years)')
    """
    if number == 1:
        return "1 day"
    years, left = divmod(number, 365)
    return f"{number} days ({years} years)" if years > 1 and not left else f"{number} days"


def _hours(number: int) -> str:
    return f"{number} hour" if number == 1 else f"{number} hours"
