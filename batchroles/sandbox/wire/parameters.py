"""The one validator: parameters and results against their signatures, refused as Moodle refuses them."""

from collections.abc import Callable
from typing import Any

from batchroles.sandbox.errors import MoodleError, invalid_parameter, invalid_response
from batchroles.sandbox.functions.clean import CLEANERS
from batchroles.sandbox.functions.shapes import DEFAULT, REQUIRED, Many, Record, Shape, Value


def check_parameters(shape: Shape, given: Any, *, display: bool = False) -> Any:
    """Give the parameters with defaults filled in and types set, or raise `invalidparameter`.

    `display`: whether the site shows debug information, which Moodle then repeats in nested reasons.
    """
    return _CHECK[type(shape)](shape, given, display)


def _check_value(shape: Value, given: Any, _display: bool) -> Any:
    if isinstance(given, dict):
        raise invalid_parameter("Scalar type expected, array or object received.")
    kind = shape.type
    if kind == "bool" and given in ("0", "1"):
        return given == "1"
    # Strict, unlike look-ups: no blank, sign, leading zero, decimal or exponent passes (assign-roleid-padded …).
    if CLEANERS[kind](given) != given:
        raise invalid_parameter(
            f'Invalid external api parameter: the value is "{given}", the server was expecting "{kind}" type'
        )
    return int(given) if kind == "int" else given


def _check_many(shape: Many, given: Any, display: bool) -> list[Any]:
    _require_array(given)
    content = shape.content
    check = _CHECK[type(content)]
    return [check(content, item, display) for item in given.values()]


def _check_record(shape: Record, given: Any, display: bool) -> dict[str, Any]:
    _require_array(given)
    result: dict[str, Any] = {}
    for key, inner in shape.keys.items():
        if key in given:
            try:
                result[key] = _CHECK[type(inner)](inner, given[key], display)
            except MoodleError as error:
                raise invalid_parameter(
                    f"{key} => {error.text(display=display)}: {error.debuginfo}"
                ) from error
        elif inner.need == REQUIRED:
            raise invalid_parameter(f"Missing required key in single structure: {key}")
        elif inner.need == DEFAULT:
            result[key] = inner.default
    # An unknown key fails the call, at the top and inside a row (extra-top-level-param, assign-unknown-key).
    if not given.keys() <= shape.keys.keys():
        surplus = ", ".join(str(key) for key in given if key not in shape.keys)
        raise invalid_parameter(f"Unexpected keys ({surplus}) detected in parameter array.")
    return result


def _require_array(given: Any) -> None:
    if not isinstance(given, dict):
        raise invalid_parameter(f"Only arrays accepted. The bad value is: '{given}'")


_CHECK: dict[type, Callable[[Any, Any, bool], Any]] = {
    Value: _check_value,
    Many: _check_many,
    Record: _check_record,
}


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
    if shape.as_given:
        return given
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
