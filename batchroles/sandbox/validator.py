"""The one validator: parameters and results against their signatures, refused as Moodle refuses them."""

from collections.abc import Callable
from typing import Any

from batchroles.sandbox.clean import CLEANERS
from batchroles.sandbox.errors import MoodleError, invalid_parameter, invalid_response
from batchroles.sandbox.php import PhpArray
from batchroles.sandbox.signature import DEFAULT, REQUIRED, Many, Record, Shape, Value


def check_parameters(shape: Shape, given: Any, *, display: bool = False) -> Any:
    """Give the parameters with defaults filled in and types set, or raise `invalidparameter`.

    `display`: whether the site shows debug information, which Moodle then repeats in nested reasons.
    """
    if isinstance(shape, Value):
        return _check_value(shape, given)
    if not isinstance(given, dict):
        raise invalid_parameter(f"Only arrays accepted. The bad value is: '{given}'")
    if isinstance(shape, Many):
        return [check_parameters(shape.content, item, display=display) for item in given.values()]
    return _check_record(shape, given, display=display)


def _check_value(shape: Value, given: Any) -> Any:
    if isinstance(given, dict):
        raise invalid_parameter("Scalar type expected, array or object received.")
    if shape.type == "bool" and given in ("0", "1"):
        return given == "1"
    if CLEANERS[shape.type](given) != given:
        raise invalid_parameter(
            f'Invalid external api parameter: the value is "{given}", '
            f'the server was expecting "{shape.type}" type'
        )
    return int(given) if shape.type == "int" else given


def _check_record(shape: Record, given: PhpArray, *, display: bool) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, inner in shape.keys.items():
        if key in given:
            result[key] = _check_key(key, inner, given[key], display=display)
        elif inner.need == REQUIRED:
            raise invalid_parameter(f"Missing required key in single structure: {key}")
        elif inner.need == DEFAULT:
            result[key] = inner.default
    surplus = [str(key) for key in given if key not in shape.keys]
    if surplus:
        raise invalid_parameter(f"Unexpected keys ({', '.join(surplus)}) detected in parameter array.")
    return result


def _check_key(key: str, shape: Shape, given: Any, *, display: bool) -> Any:
    try:
        return check_parameters(shape, given, display=display)
    except MoodleError as error:
        reason = f"{key} => {error.text(display=display)}: {error.debuginfo}"
        raise invalid_parameter(reason) from error


def check_result(shape: Shape | None, given: Any) -> Any:
    """Give a function's result with the keys of its signature only, in their order."""
    if shape is None:
        return None
    return _RESULT[type(shape)](shape, given)


def _result_value(shape: Value, given: Any) -> Any:
    if given is None:
        return None
    if shape.type == "bool":
        return bool(given)
    if shape.type == "int":
        return int(given)
    return given if shape.type == "raw" else str(given)


def _result_many(shape: Many, given: Any) -> Any:
    content = shape.content
    check = _RESULT[type(content)]
    return [check(content, item) for item in given]


def _result_record(shape: Record, given: Any) -> Any:
    result = {}
    for key, inner in shape.keys.items():
        if key in given:
            result[key] = _RESULT[type(inner)](inner, given[key])
        elif inner.need == REQUIRED:
            raise invalid_response(
                f"Error in response - Missing following required key in a single structure: {key}"
            )
        elif inner.need == DEFAULT:
            result[key] = inner.default
    return result or []  # PHP has one kind of array: an empty record is an empty list


_RESULT: dict[type, Callable[[Any, Any], Any]] = {
    Value: _result_value,
    Many: _result_many,
    Record: _result_record,
}
