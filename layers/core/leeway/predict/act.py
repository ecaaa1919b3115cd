"""What `predict` does with one request: read it, ask the version that its unit has, answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leeway.aws.runtime import Answered, Call, Failed
from leeway.bootstrap import App
from leeway.errors import Refused, Rejected, Unavailable
from leeway.log import logger
from leeway.predict import plan, record
from leeway.predict.event import Asked, parse
from leeway.predict.known import Known, known
from leeway.predict.plan import Leg
from leeway.predict.rows import Prediction, accepted, read, written

Response = dict[str, Any]
UNAVAILABLE = 503


def predict(app: App, event: Mapping[str, Any], now: datetime, token: str, clock: Callable[[], float]) -> Response:
    """The response to a request; `token` is fresh, and `clock` gives seconds from any beginning.

    What is wrong is one line in the log, with a code and without a word of the request.
    """
    began, asked = clock(), None
    try:
        asked = parse(event, token)
        found = known(app, asked.model, now)
        flight = Flight(app=app, asked=asked, known=found, now=now, token=token, clock=clock, began=began)
        return flight.answer(written(found.spec, asked.rows))
    except Refused as error:
        model = asked.model if asked is not None and error.code != "no-model" else None
        logger().info("request refused", status=error.status, code=error.code, model=model)
        return _response(error.status, {"error": str(error), "code": error.code})
    except (Rejected, Unavailable) as error:
        logger().warning("request not answered", status=UNAVAILABLE, reason=str(error))
        said = {"error": "Leeway cannot read what it needs for this just now; try again", "code": "unavailable"}
        return _response(UNAVAILABLE, said)


@dataclass(frozen=True, kw_only=True)
class Flight:
    """One request under way."""

    app: App
    asked: Asked
    known: Known
    now: datetime
    token: str
    clock: Callable[[], float]
    began: float

    def answer(self, body: bytes) -> Response:
        """Try one arm after the other; the last one's failure is the caller's."""
        legs = plan.legs(self.known.assignment, self.asked.unit, self.asked.inference_id)
        failed: Failed | None = None
        for number, leg in enumerate(legs):
            if failed is not None:
                self._log("fell back", legs[0], failed)
            call = Call(
                endpoint=leg.arm.endpoint,
                body=body,
                accept=accepted(self.known.spec),
                target=leg.target,
                inference_id=self.asked.inference_id,
                attributes=str(leg.attributes or ""),
            )
            found = self._tried(leg, call, len(legs) - number)
            if not isinstance(found, Failed):
                return found
            failed = found
        assert failed is not None  # there is always a leg
        self._log("the champion failed", legs[-1], failed)
        said = {"error": failed.message, "code": failed.code, "inference_id": self.asked.inference_id}
        return _response(failed.status, said)

    def _tried(self, leg: Leg, call: Call, tries: int) -> Response | Failed:
        captures = leg.arm.endpoint in self.known.captureless
        by = plan.until(self.asked.deadline, captures=captures)
        found = self.app.hasty.runtime.invoke(call, plan.seconds(by - self._passed(), tries))
        if isinstance(found, Failed):
            return found
        try:
            predictions = read(found, len(self.asked.rows))
        except Rejected as error:
            return Failed(status=502, code="answer", message=str(error))
        if captures:
            self._capture(leg, call, found)
        return _response(200, self._said(leg, found, predictions))

    def _said(self, leg: Leg, answered: Answered, predictions: list[Prediction]) -> dict[str, Any]:
        version = plan.answered_by(leg, answered.variant)
        classes = {
            "labels": [one.label for one in predictions],
            "probabilities": [one.probabilities for one in predictions],
        }
        return {
            "model": self.asked.model,
            "version": version,
            "experiment": self.known.assignment.experiment if leg.attributes is not None else None,
            "inference_id": self.asked.inference_id,
            "fell_back": leg.fell_back,
            "scores": [one.score for one in predictions],
            **(classes if any(one.label is not None for one in predictions) else {}),
        }

    def _capture(self, leg: Leg, call: Call, answered: Answered) -> None:
        """Write it before the answer goes out, for Lambda stops what goes on after it; never fail an answer by it."""
        left = plan.until(self.asked.deadline, captures=False) - self._passed()
        try:
            key = record.key(call, answered.variant or leg.arm.slot, self.now, self.token)
            line = record.line(call, answered, self.now, self.token)
            self.app.hasty.runtime.keep(self.app.settings.artifacts_bucket, key, line, left)
        except Exception as error:  # noqa: BLE001  a prediction that is there is given out, whatever becomes of its record
            fields = record.lost(self.app.settings.stack, self.now)
            logger().warning("capture lost", model=self.asked.model, reason=type(error).__name__, **fields)

    def _passed(self) -> float:
        return self.clock() - self.began

    def _log(self, what: str, leg: Leg, failed: Failed) -> None:
        logger().warning(what, model=self.asked.model, version=leg.arm.version, status=failed.status, code=failed.code)


def _response(status: int, body: Mapping[str, Any]) -> Response:
    text = (
        json.dumps(body, ensure_ascii=False).encode("utf-8", "replace").decode()
    )  # JSON can name halves of characters
    return {"statusCode": status, "headers": {"Content-Type": "application/json"}, "body": text}
