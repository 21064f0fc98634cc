"""The ``@check`` decorator: a judge's signature is its plan."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from scanner.errors import RuleError
from scanner.facts.fact import FactSpec, spec_of
from scanner.model.absent import Absent
from scanner.model.verdict import Opinion

T = TypeVar("T")


class Across(Generic[T]):
    """Every target's fact (or Absent) of one type, for judges that look across targets: iterate or index by target id."""

    def __init__(self, facts: Mapping[str, T | Absent]) -> None:
        self._facts = dict(sorted(facts.items()))

    def __iter__(self) -> Iterator[tuple[str, T | Absent]]:
        return iter(self._facts.items())

    def __len__(self) -> int:
        return len(self._facts)

    def __getitem__(self, target: str) -> T | Absent:
        return self._facts[target]


@dataclass(frozen=True, slots=True)
class Need:
    """One fact that a judge asks for."""

    name: str
    spec: FactSpec[Any]
    across: bool = False
    """The judge wants every target's fact."""
    absent_too: bool = False
    """The judge takes the Absent itself (annotation ``X | Absent``)."""


@dataclass(frozen=True, slots=True)
class Judge:
    """A judge function and what its signature says."""

    id: str
    function: Callable[..., Opinion]
    needs: tuple[Need, ...]
    parameters: Mapping[str, Any]
    """Keyword-only parameters and their defaults."""
    module: str


def check(check_id: str) -> Callable[[Callable[..., Opinion]], Callable[..., Opinion]]:
    """Mark a function as the judge of ``check_id``; raises RuleError when the signature is no plan."""

    def mark(function: Callable[..., Opinion]) -> Callable[..., Opinion]:
        function.__shiqu_check__ = check_id  # type: ignore[attr-defined]
        return function

    return mark


def judge_of(function: Callable[..., Opinion]) -> Judge:
    """Read the signature of a marked function. Raises RuleError naming the parameter that is no fact."""
    check_id: str = function.__shiqu_check__  # type: ignore[attr-defined]
    hints = typing.get_type_hints(function)
    needs: list[Need] = []
    parameters: dict[str, Any] = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
            if parameter.default is inspect.Parameter.empty:
                raise RuleError("judge-parameter-no-default", check=check_id, parameter=name)
            parameters[name] = parameter.default
            continue
        needs.append(_need(check_id, name, hints.get(name)))
    return Judge(check_id, function, tuple(needs), parameters, function.__module__)


def _need(check_id: str, name: str, hint: Any) -> Need:
    across = typing.get_origin(hint) is Across
    if across:
        hint = typing.get_args(hint)[0]
    options = [option for option in typing.get_args(hint) if option is not Absent] if _is_union(hint) else [hint]
    absent_too = _is_union(hint) and Absent in typing.get_args(hint)
    try:
        spec = spec_of(options[0])
    except KeyError:
        raise RuleError("judge-parameter-no-fact", check=check_id, parameter=name) from None
    return Need(name, spec, across, absent_too)


def _is_union(hint: Any) -> bool:
    import types

    return typing.get_origin(hint) in (typing.Union, types.UnionType)
