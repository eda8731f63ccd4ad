"""The client for code that waits.

with CameoClient("http://127.0.0.1:8400", key="ck_…") as cameo:
    decision = cameo.check(request)
"""

import functools
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Concatenate, ParamSpec, Self, TypeVar

import httpx2

from cameo_service.client import calls
from cameo_service.client.calls import Call, Listing
from cameo_service.client.exchange import (
    FAILURES,
    arguments,
    base_of,
    next_page,
    recording,
    require_verdict,
    result,
    unreachable,
)
from cameo_service.client.results import Enrollment
from cameo_service.client.retries import Retries, may_repeat_answer, may_repeat_error

Given = ParamSpec("Given")
Result = TypeVar("Result")
Item = TypeVar("Item")


def _sends(
    describe: Callable[Given, Call[Result]],
) -> Callable[Concatenate["CameoClient", Given], Result]:
    """A method that takes what `describe` takes, sends that call and returns its result."""

    @functools.wraps(describe)
    def method(self: "CameoClient", /, *args: Given.args, **kwargs: Given.kwargs) -> Result:
        return self.send(describe(*args, **kwargs))

    return method


def _lists(
    describe: Callable[Given, Listing[Item]],
) -> Callable[Concatenate["CameoClient", Given], Iterator[Item]]:
    """A method that takes what `describe` takes, and goes through that list, page after page."""

    @functools.wraps(describe)
    def method(self: "CameoClient", /, *args: Given.args, **kwargs: Given.kwargs) -> Iterator[Item]:
        return self.items(describe(*args, **kwargs))

    return method


class CameoClient:
    """Talks to one service with one API key. Every method is described in `calls`.

    Methods that begin with `list_` go through their list, and ask for its pages as they go.

    `http` brings your own httpx2 client, with its proxies, certificates and limits; it stays
    yours to close. Without `key` only what needs none can be asked.
    """

    def __init__(
        self,
        url: str,
        *,
        key: str | None = None,
        timeout_s: float = 10.0,
        retries: Retries | None = None,
        http: httpx2.Client | None = None,
    ) -> None:
        self._url = base_of(url)
        self._key = key
        self._timeout_s = timeout_s
        self._retries = retries or Retries()
        self._http = http or httpx2.Client()
        self._owns_http = http is None

    start_enrollment = _sends(calls.start_enrollment)
    open_enrollment = _sends(calls.open_enrollment)
    get_enrollment = _sends(calls.get_enrollment)
    list_enrollments_awaiting_review = _lists(calls.list_enrollments_awaiting_review)
    upload_recording = _sends(calls.upload_recording)
    draw_challenge = _sends(calls.draw_challenge)
    cancel_enrollment = _sends(calls.cancel_enrollment)
    get_report = _sends(calls.get_report)
    review_enrollment = _sends(calls.review_enrollment)
    get_cameo = _sends(calls.get_cameo)
    list_cameos = _lists(calls.list_cameos)
    set_policy = _sends(calls.set_policy)
    list_policy_versions = _lists(calls.list_policy_versions)
    list_who_asked = _lists(calls.list_who_asked)
    identity_package = _sends(calls.identity_package)
    list_disclosures = _lists(calls.list_disclosures)
    revoke_cameo = _sends(calls.revoke_cameo)
    erase_cameo = _sends(calls.erase_cameo)
    get_erasure = _sends(calls.get_erasure)
    list_erasure_notices = _lists(calls.list_erasure_notices)
    confirm_erasure = _sends(calls.confirm_erasure)
    get_retention_schedule = _sends(calls.get_retention_schedule)
    suspend_cameo = _sends(calls.suspend_cameo)
    reinstate_cameo = _sends(calls.reinstate_cameo)
    make_grant = _sends(calls.make_grant)
    list_grants = _lists(calls.list_grants)
    get_grant = _sends(calls.get_grant)
    list_sublicences = _lists(calls.list_sublicences)
    list_grant_versions = _lists(calls.list_grant_versions)
    revoke_grant = _sends(calls.revoke_grant)
    check = _sends(calls.check)
    issue_permit = _sends(calls.issue_permit)
    introspect_permit = _sends(calls.introspect_permit)
    release_permit = _sends(calls.release_permit)
    get_status_list = _sends(calls.get_status_list)
    report_use = _sends(calls.report_use)
    list_uses = _lists(calls.list_uses)
    get_use = _sends(calls.get_use)
    list_cameo_uses = _lists(calls.list_cameo_uses)
    add_assets = _sends(calls.add_assets)
    publish_use = _sends(calls.publish_use)
    remove_use = _sends(calls.remove_use)
    ask_removal = _sends(calls.ask_removal)
    get_receipts = _sends(calls.get_receipts)
    get_receipt_record = _sends(calls.get_receipt_record)
    get_consent_record = _sends(calls.get_consent_record)
    get_licence = _sends(calls.get_licence)
    export_person = _sends(calls.export_person)
    request_access = _sends(calls.request_access)
    list_access_requests = _lists(calls.list_access_requests)
    list_asked_requests = _lists(calls.list_asked_requests)
    get_access_request = _sends(calls.get_access_request)
    withdraw_access_request = _sends(calls.withdraw_access_request)
    approve_once = _sends(calls.approve_once)
    approve_by_grant = _sends(calls.approve_by_grant)
    deny_access_request = _sends(calls.deny_access_request)
    list_approvals = _lists(calls.list_approvals)
    get_approval = _sends(calls.get_approval)
    revoke_approval = _sends(calls.revoke_approval)
    register_character = _sends(calls.register_character)
    find_character = _sends(calls.find_character)
    list_characters_awaiting_review = _lists(calls.list_characters_awaiting_review)
    get_character = _sends(calls.get_character)
    change_character = _sends(calls.change_character)
    list_character_versions = _lists(calls.list_character_versions)
    review_character = _sends(calls.review_character)
    suspend_character = _sends(calls.suspend_character)
    reinstate_character = _sends(calls.reinstate_character)
    get_person = _sends(calls.get_person)
    report_person = _sends(calls.report_person)
    list_blocks = _lists(calls.list_blocks)
    block_principal = _sends(calls.block_principal)
    unblock_principal = _sends(calls.unblock_principal)
    change_relationships = _sends(calls.change_relationships)
    list_mutuals = _lists(calls.list_mutuals)
    appoint_representative = _sends(calls.appoint_representative)
    list_representations = _lists(calls.list_representations)
    get_representation = _sends(calls.get_representation)
    revoke_representation = _sends(calls.revoke_representation)
    get_deployment_rules = _sends(calls.get_deployment_rules)
    set_deployment_rules = _sends(calls.set_deployment_rules)
    list_deployment_rules_versions = _lists(calls.list_deployment_rules_versions)
    get_standing = _sends(calls.get_standing)
    set_standing = _sends(calls.set_standing)
    scan = _sends(calls.scan)
    get_scan = _sends(calls.get_scan)
    protect_face = _sends(calls.protect_face)
    list_protected_faces = _lists(calls.list_protected_faces)
    get_protected_face = _sends(calls.get_protected_face)
    remove_protected_face = _sends(calls.remove_protected_face)
    list_notices = _lists(calls.list_notices)
    read_notice = _sends(calls.read_notice)
    register_webhook = _sends(calls.register_webhook)
    list_webhooks = _lists(calls.list_webhooks)
    get_webhook = _sends(calls.get_webhook)
    change_webhook = _sends(calls.change_webhook)
    remove_webhook = _sends(calls.remove_webhook)
    rotate_webhook_secret = _sends(calls.rotate_webhook_secret)
    ping_webhook = _sends(calls.ping_webhook)
    list_webhook_deliveries = _lists(calls.list_webhook_deliveries)
    replay_webhook_delivery = _sends(calls.replay_webhook_delivery)
    replay_dead_webhook_deliveries = _sends(calls.replay_dead_webhook_deliveries)
    jwks = _sends(calls.jwks)
    root_key = _sends(calls.root_key)
    health = _sends(calls.health)

    def wait_for_verdict(
        self,
        id: str,
        *,
        session_token: str | None = None,
        final: bool = False,
        timeout_s: float = 120.0,
        poll_s: float = 0.5,
    ) -> Enrollment:
        """The enrollment once there is a verdict on its last recording; raise `VerdictOverdue`.

        It waits for the first recording too. With `final`, it goes on waiting through further
        attempts and a review, until the enrollment is `verified`, `canceled` or `expired`.
        """
        deadline = time.monotonic() + timeout_s
        while True:
            enrollment = self.get_enrollment(id, session_token=session_token)
            if require_verdict(enrollment, final=final, overdue=time.monotonic() > deadline):
                return enrollment
            time.sleep(poll_s)

    def items(self, listing: Listing[Item]) -> Iterator[Item]:
        """Everything in `listing`; a page is asked for once the one before it was gone through."""
        after = None
        while True:
            page = self.send(listing.page(after))
            yield from page.items
            after = next_page(page, after)
            if after is None:
                return

    def send(self, call: Call[Result]) -> Result:
        """Send `call`, again where that is safe; return its result or raise `ClientError`."""
        for attempt in range(1, self._retries.attempts):
            try:
                response = self._exchange(call)
            except FAILURES as error:
                if not may_repeat_error(error, repeatable=call.repeatable):
                    raise unreachable(call, error) from error
                retry_after = None
            else:
                if not may_repeat_answer(response, repeatable=call.repeatable):
                    return result(call, response)
                retry_after = response.headers["retry-after"]
            time.sleep(self._retries.wait_s(attempt, retry_after))
        try:
            return result(call, self._exchange(call))
        except FAILURES as error:
            raise unreachable(call, error) from error

    def _exchange(self, call: Call[Result]) -> httpx2.Response:
        sent = {"timeout": self._timeout_s, **arguments(call, key=self._key)}
        sent["url"] = self._url + sent["url"]
        with recording(call) as form:
            return self._http.request(**sent, **form)

    def close(self) -> None:
        """Close the connections, unless they came with `http`."""
        if self._owns_http:
            self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
