"""Requests to the feature service."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request

import pyarrow as pa
import pyarrow.ipc

DEFAULT_URL = "http://127.0.0.1:8650"
ARROW_TYPE = "application/vnd.apache.arrow.stream"
TIMEOUT_SECONDS = 600


class FeatureError(Exception):
    """What the feature service refused. `code` never changes, `retriable` says whether the same may succeed later."""

    def __init__(self, code: str, message: str, retriable: bool, facts: dict):
        super().__init__(f"{code}: {message}")
        self.code = code
        self.retriable = retriable
        self.facts = facts


def post_arrow(path: str, body: dict, url: str | None) -> pa.Table:
    """The answer to a request as an Arrow table. Raises FeatureError, also where nothing answers."""
    with _open(path, url, json.dumps(body).encode(), {"Content-Type": "application/json", "Accept": ARROW_TYPE}) as answer:
        try:
            return pyarrow.ipc.open_stream(answer).read_all()
        except pa.ArrowInvalid as error:
            raise FeatureError("BROKEN_ANSWER", f"the answer broke off: {error}", True, {}) from error


def get_json(path: str, url: str | None) -> dict:
    """The answer to a request as a dict. Raises FeatureError, also where nothing answers."""
    with _open(path, url, None, {"Accept": "application/json"}) as answer:
        return json.load(answer)


def _open(path: str, url: str | None, body: bytes | None, headers: dict):
    base = (url or os.environ.get("BARLINE_FEATURES_URL") or DEFAULT_URL).rstrip("/")
    try:
        return urllib.request.urlopen(urllib.request.Request(base + path, data=body, headers=headers), timeout=TIMEOUT_SECONDS)
    except urllib.error.HTTPError as error:
        raise _refusal(error) from None
    except urllib.error.URLError as error:
        message = f"nothing answers at {base} ({error.reason}): is `barline features serve` running?"
        raise FeatureError("NOT_REACHABLE", message, True, {"url": base}) from None


def _refusal(error: urllib.error.HTTPError) -> FeatureError:
    text = error.read().decode(errors="replace")
    try:
        fields = json.loads(text)["error"]
        return FeatureError(fields["code"], fields["message"], fields["retriable"], fields["facts"])
    except (ValueError, KeyError, TypeError):
        return FeatureError(f"HTTP_{error.code}", text[:500], error.code >= 500, {})
