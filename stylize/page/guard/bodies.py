"""What a request's body may hold: JSON of known shapes, naming uploaded files alone. It is written anew for gradio."""

import json
import math
from pathlib import Path
from typing import Any

from stylize import StylizeError

from ..visits import uploads
from .visitors import SESSION

DEPTH = 20
Object = dict[str, Any]


class RefusedError(Exception):
    """The request is answered by this sentence and goes no further."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


def parsed(body: bytes) -> Object:
    """The JSON object in a body. Raises RefusedError for all else, and for numbers that are not finite."""
    try:
        content = json.loads(body, parse_constant=_number, parse_float=_number)
        json.dumps(content, ensure_ascii=False).encode()  # half a character can be read, and not be sent back
    except (ValueError, RecursionError):
        raise RefusedError(400, "The request is not valid JSON.") from None
    if not isinstance(content, dict):
        raise RefusedError(400, "The request is not a JSON object.")
    return content


def written(content: Object) -> bytes:
    return json.dumps(content).encode()


def _number(text: str) -> float:
    if not math.isfinite(number := float(text)):
        raise RefusedError(400, "A setting is not a finite number; give one.")
    return number


def clean(value: Any, visitor: str, depth: int = 0) -> Any:
    """The same with nothing left of files but their checked paths. Raises RefusedError for files of anything else."""
    if depth > DEPTH:
        raise RefusedError(400, "The request is not valid JSON.")
    if isinstance(value, dict):
        if value.keys() & {"path", "url"}:
            return _file(value, visitor)
        return {key: clean(item, visitor, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [clean(item, visitor, depth + 1) for item in value]
    if isinstance(value, str) and value.lstrip()[:5].lower() == "data:":
        raise RefusedError(400, "Pictures must be uploaded as files: this server takes no addresses or data: URLs.")
    return value


def _file(value: Object, visitor: str) -> Object:
    try:
        path = uploads.usable(value.get("path"), visitor)
    except StylizeError:
        # One sentence for whatever it names, so that nobody learns what there is.
        sentence = "Pictures must be uploaded as files, and this one is not on the server (any more); upload it again."
        raise RefusedError(400, sentence) from None
    name = str(value.get("orig_name") or path.name)[-200:]
    return {"path": str(path), "orig_name": Path(name).name or path.name, "meta": {"_type": "gradio.FileData"}}


def call(content: Object, visitor: str) -> Object:
    """The body of a call of one of the page's functions."""
    body = {name: content.get(name) for name in ("data", "fn_index", "event_data", "trigger_id", "session_hash")}
    _expect(type(body["fn_index"]) is int)
    _expect(body["trigger_id"] is None or type(body["trigger_id"]) is int)
    return body | {"data": clean(items(body["data"]), visitor), "event_data": clean(body["event_data"], visitor)}


def items(data: Any) -> list[Any]:
    _expect(isinstance(data, list))
    return list(data)


def cancelling(content: Object) -> Object:
    body = {name: content.get(name) for name in ("session_hash", "fn_index", "event_id")}
    _expect(type(body["fn_index"]) is int and isinstance(body["event_id"], str))
    return body


def session(name: Any) -> str:
    """A session's name. Raises RefusedError where it is none."""
    _expect(isinstance(name, str) and SESSION.fullmatch(name) is not None)
    return str(name)


def _expect(right: bool) -> None:
    if not right:
        raise RefusedError(400, "The request has not the shape that this page's own requests have.")
