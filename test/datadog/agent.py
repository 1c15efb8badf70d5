"""Does with a page of figures and a journal what Datadog's agent does, as far as its parts can be had: the figures are read by
the agent's own check (OpenMetrics V2 of datadog-checks-base), twice, since a count is what came in between, and sent by
Datadog's own client; a record of the journal becomes a log as pkg/logs/tailers/journald of the agent makes it.

Standard input is {"intake", "key", "host", "instances", "journal", "most"} as JSON. Exit status 3: the intake refused the key."""

import json
import sys
import time

from datadog_api_client import ApiClient, Configuration
from datadog_api_client.exceptions import ApiException, ForbiddenException
from datadog_api_client.v2.api.logs_api import LogsApi
from datadog_api_client.v2.api.metrics_api import MetricsApi
from datadog_api_client.v2.model.http_log import HTTPLog
from datadog_api_client.v2.model.http_log_item import HTTPLogItem
from datadog_api_client.v2.model.metric_intake_type import MetricIntakeType
from datadog_api_client.v2.model.metric_payload import MetricPayload
from datadog_api_client.v2.model.metric_point import MetricPoint
from datadog_api_client.v2.model.metric_resource import MetricResource
from datadog_api_client.v2.model.metric_series import MetricSeries
from datadog_checks.base import OpenMetricsBaseCheckV2
from datadog_checks.base.stubs import aggregator

GAUGE, MONOTONIC_COUNT = 0, 3
STATUS = ["emergency", "alert", "critical", "error", "warn", "notice", "info", "debug"]


def scrape(check):
    """Returns what one run of the check submits: (type, name, tags) -> value."""
    aggregator.reset()
    problem = check.run()
    if problem:
        sys.exit(f"the check: {problem}")
    return {(m.type, m.name, tuple(sorted(m.tags))): m.value for name in aggregator.metric_names for m in aggregator.metrics(name)}


def series(before, after, host):
    for (kind, name, tags), value in after.items():
        if kind == MONOTONIC_COUNT:
            value -= before.get((kind, name, tags), 0)
        elif kind != GAUGE:
            sys.exit(f"{name} is of the kind {kind}")
        yield MetricSeries(
            metric=name,
            type=MetricIntakeType.COUNT if kind == MONOTONIC_COUNT else MetricIntakeType.GAUGE,
            points=[MetricPoint(timestamp=int(time.time()), value=float(value))],
            tags=list(tags),
            resources=[MetricResource(name=host, type="host")],
        )


def log(record, host):
    fields = dict(record)
    message = fields.pop("MESSAGE", "")
    name = next((fields[f] for f in ("SYSLOG_IDENTIFIER", "_SYSTEMD_USER_UNIT", "_SYSTEMD_UNIT", "_COMM") if f in fields), "")
    priority = fields.get("PRIORITY", "6")
    return HTTPLogItem(
        message=json.dumps({"message": message, "journald": fields}),
        ddsource=name, service=name, hostname=host, ddtags="",
        status=STATUS[int(priority)] if priority in "01234567" else "info",
    )  # fmt: skip


def send(items, submit):
    """Sends items, in halves where they are too many at once, as the agent does."""
    try:
        submit(items)
    except ApiException as problem:
        if problem.status != 413 or len(items) == 1:
            raise
        half = len(items) // 2
        send(items[:half], submit)
        send(items[half:], submit)


def main():
    given = json.load(sys.stdin)
    checks = [OpenMetricsBaseCheckV2("openmetrics", {}, [i]) for i in given["instances"]]
    before = [scrape(c) for c in checks]
    points = [s for c, b in zip(checks, before) for s in series(b, scrape(c), given["host"])]
    logs = [log(r, given["host"]) for r in given["journal"]]

    protocol, name = given["intake"].split("://")
    to = Configuration(host=given["intake"], api_key={"apiKeyAuth": given["key"]}, enable_retry=True, max_retries=3)
    to.server_operation_index["submit_log"] = 1  # logs have an address of their own
    to.server_operation_variables["submit_log"] = {"protocol": protocol, "name": name}
    with ApiClient(to) as client:
        metrics, intake = MetricsApi(client), LogsApi(client)
        try:
            send(points, lambda some: metrics.submit_metrics(body=MetricPayload(series=some), content_encoding="deflate"))
            send(logs, lambda some: intake.submit_log(body=HTTPLog(some), content_encoding="gzip"))
        except ForbiddenException:
            sys.exit(3)
    print(len(points), len(logs))


main()
