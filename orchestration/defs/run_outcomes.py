"""A run's findings about the deployment, from Dagster's events: which sources, checks and steps are ok.

Reading only; alerts/problems.py handles the findings.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, cast

from orchestration.alerts.problems import Finding
from orchestration.errors import sentence_of_written

if TYPE_CHECKING:
    import dagster as dg

# The metadata key for a check's failure: a sentence, or a list of them.
REASON, NO_REASON = "reason", "nothing is amiss"
# Set on a failed check that another check's failure explains; its value names that. It is no cause of its own.
FOLLOWS_FROM = "follows_from"
# Set on a failed check whose failure the registry expects; its value names the source. It is no cause either.
EXPECTED = "expected"
# A source that breaks and then becomes stale is one cause.
OF_SOURCES = ("crawl_succeeded", "source_is_fresh")
# The cause when no source at all could be read: the network, a proxy, this machine.
ALL_SOURCES = "all sources"


# A step's errors when its process is asked to end: Ctrl-C, SIGINT or SIGTERM of a service manager.
INTERRUPTS = ("DagsterExecutionInterruptedError", "KeyboardInterrupt")


def was_stopped(event: dg.DagsterEvent) -> bool:
    """True for the failure of a step, or of a run, that the user or the service manager ended."""
    if event.is_step_failure:
        error = event.step_failure_data.error
        # DuckDB turns an interrupt into its own error; Dagster wraps that again.
        while error is not None and error.cls_name not in INTERRUPTS:
            error = error.cause
        return error is not None
    if event.is_run_failure:
        # Dagster's reason for an interrupt between two steps; a killed process may leave no data at all.
        why = getattr(event.event_specific_data, "failure_reason", None)
        return why is not None and why.value == "UNEXPECTED_TERMINATION"
    return False


def findings_of(events: Iterable[dg.DagsterEvent], job: str) -> list[Finding]:
    """One finding per cause, however many checks, steps and runs it affects.

    A step that we fail because its checks failed is no cause of its own, nor is the run that fails with it. A step or
    a run that was stopped is no problem at all.
    """
    events = list(events)
    found, blamed = _of_checks(events)
    failed = {event.step_key: event for event in events if event.is_step_failure}
    for step, event in failed.items():
        is_ours = event.step_failure_data.user_failure_data is not None
        if not (is_ours and step in blamed) and not was_stopped(event):
            found.append(Finding(f"step {step}", False, reason(event)))
    found += [Finding(f"step {event.step_key}", True) for event in events if event.is_step_success]
    for event in events:
        if event.is_run_failure and not failed and not was_stopped(event):
            found.append(Finding(f"job {job}", False, reason_of_run(event)))
        elif event.event_type_value == "PIPELINE_SUCCESS":
            found.append(Finding(f"job {job}", True))
    return found


def _of_checks(events: Sequence[dg.DagsterEvent]) -> tuple[list[Finding], set[str | None]]:
    """The findings of all checks, those of sources as one cause; and the steps in which a check failed."""
    found: list[Finding] = []
    sources: list[Finding] = []
    blamed: set[str | None] = set()
    for event in events:
        if event.event_type_value == "ASSET_CHECK_EVALUATION":
            check = cast("dg.AssetCheckEvaluation", event.event_specific_data)
            if not {FOLLOWS_FROM, EXPECTED} & check.metadata.keys():
                (sources if check.check_name in OF_SOURCES else found).append(_of_check(check))
            if not check.passed:
                blamed.add(event.step_key)
    return found + as_one_cause(sources), blamed


def as_one_cause(sources: Sequence[Finding]) -> list[Finding]:
    """The findings about sources, or a single one if there are several sources and none is ok."""
    bad = {finding.cause: finding for finding in reversed(sources) if not finding.is_well}
    causes = {finding.cause for finding in sources}
    if len(causes) < 2:
        return list(sources)
    if len(bad) < len(causes):
        return [*sources, Finding(ALL_SOURCES, True)]
    first = min(bad)
    return [Finding(ALL_SOURCES, False, f"None of {len(causes)} sources is well; {first}: {bad[first].sentence}")]


def _of_check(check: dg.AssetCheckEvaluation) -> Finding:
    path = check.asset_key.path
    cause = f"source {path[-1]}" if check.check_name in OF_SOURCES else f"check {'.'.join(path)}: {check.check_name}"
    return Finding(cause, check.passed, " ".join(sentences(check)))


def reasons(sentences: Sequence[str]) -> dg.MetadataValue[Any]:
    """A check's reasons as Dagster's pages show them at a glance: a text. Several are a list, to which the pages show
    a link; the check's description has them all.
    """
    import dagster as dg

    if len(sentences) > 1:
        return dg.MetadataValue.json(list(sentences))
    return dg.MetadataValue.text(sentences[0] if sentences else NO_REASON)


def sentences(check: dg.AssetCheckEvaluation) -> list[str]:
    """The sentences of a failed check of ours; none of a passed one."""
    held = check.metadata[REASON].value if REASON in check.metadata else f"The check {check.check_name} failed."
    return held if isinstance(held, list) else [str(held)] if held != NO_REASON else []


def reason(event: dg.DagsterEvent) -> str:
    """A failed step's error, as a sentence and without a traceback."""
    data = event.step_failure_data
    if data.user_failure_data is not None and data.user_failure_data.description:
        return str(data.user_failure_data.description)
    known, last = _sentence_of(data.error)
    return known or f"The step {event.step_key} failed: {last} The run's log in Dagster has the details: `obmin ui`."


def reason_of_run(event: dg.DagsterEvent) -> str:
    """Why a run failed outside its steps, such as before the first one, as a sentence."""
    known, last = _sentence_of(getattr(event.event_specific_data, "error", None))
    return f"The run ended early: {known or event.message or last}"


def _sentence_of(error: Any) -> tuple[str | None, str]:
    """The first sentence for a person in a chain of errors, and the message of its last error."""
    chain = []
    while error is not None:
        chain.append(error)
        error = error.cause
    known = (sentence_of_written(error.message) for error in chain)
    last = chain[-1].message.strip() if chain else "no reason was given"
    return next((sentence for sentence in known if sentence), None), last
