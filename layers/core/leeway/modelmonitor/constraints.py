"""`constraints.json`: what a version's data must be like, as the baseline suggests it or as a person has edited it.

Source: developer guide, `model-monitor-byoc-constraints`; defaults of the real analyzer, which differ from that page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from leeway.drift.reference import Reference
from leeway.modelmonitor.statistics import inferred

TYPES = {"Integral", "Fractional", "String", "Unknown"}
STATES = {"Enabled": True, "Disabled": False}
ROBUST, SIMPLE, LINFINITY, CHI_SQUARED = "Robust", "Simple", "LInfinity", "ChiSquared"
OVERRIDES = ("monitoring_config_overrides", "monitoringConfigOverrides")  # of a real file; of the page
IGNORED = {"enable_comparisons", "min_domain_mass"}  # of older analyzers


@dataclass(frozen=True, kw_only=True)
class Config:
    """How strictly is compared."""

    evaluate: bool = True
    emit: bool = True
    datatype: float = 1.0
    domain: float = 1.0
    compare: bool = True
    threshold: float = 0.1
    method: str = ROBUST
    categorical: float = 0.1
    categorical_method: str = LINFINITY


@dataclass(frozen=True, kw_only=True)
class Constraint:
    """Of one feature; `domains` None takes any text."""

    name: str
    type: str
    completeness: float | None
    non_negative: bool | None = None
    domains: tuple[str, ...] | None = None
    config: Config = Config()


@dataclass(frozen=True, kw_only=True)
class Constraints:
    """The file."""

    features: tuple[Constraint, ...]
    config: Config = Config()

    def to_json(self) -> dict[str, Any]:
        """As Model Monitor writes it."""
        return {
            "version": 0.0,
            "features": [_feature_json(one) for one in self.features],
            "monitoring_config": _config_json(self.config),
        }


def suggested(reference: Reference) -> Constraints:
    """What holds of the baseline."""
    found = []
    for feature in reference.features:
        one = Constraint(name=feature.name, type=inferred(feature), completeness=1 - feature.shares[-1])
        if feature.numeric and feature.edges:
            one = replace(one, non_negative=feature.edges[0] >= 0)
        elif not feature.numeric and feature.shares[-2] <= 1e-9:  # all of its texts are known
            one = replace(one, domains=feature.texts)
        found.append(one)
    return Constraints(features=tuple(found))


def read(document: Any) -> Constraints:
    """Of the file; raises ValueError that names what is wrong, and what may stand there."""
    if not isinstance(document, Mapping):
        raise ValueError("it is no JSON object")
    listed = document.get("features")
    if not isinstance(listed, Sequence) or isinstance(listed, str):
        raise ValueError("it has no list of features")
    config = _config(document.get("monitoring_config", {}), Config(), "monitoring_config")
    features = tuple(_feature(one, config) for one in listed)
    names = [one.name for one in features]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"it has {twice[0]} twice")
    return Constraints(features=features, config=config)


def _feature(found: Any, config: Config) -> Constraint:
    if not isinstance(found, Mapping) or not isinstance(found.get("name"), str):
        raise ValueError("a feature has no name")
    name = found["name"]
    _known(found, {"name", "inferred_type", "completeness", "num_constraints", "string_constraints", *OVERRIDES}, name)
    numbers, texts = (_mapping(found, key, name) for key in ("num_constraints", "string_constraints"))
    _known(numbers, {"is_non_negative"}, f"{name}: num_constraints")
    _known(texts, {"domains"}, f"{name}: string_constraints")
    overrides: Any = next((found[key] for key in OVERRIDES if key in found), {})
    return Constraint(
        name=name,
        type=_one_of(found.get("inferred_type", "Unknown"), TYPES, f"{name}: inferred_type"),
        completeness=_share(found["completeness"], f"{name}: completeness") if "completeness" in found else None,
        non_negative=_flag(numbers, name),
        domains=_domains(texts, name),
        config=_config(overrides, config, f"{name}: {OVERRIDES[0]}"),
    )


def _flag(numbers: Mapping[str, Any], name: str) -> bool | None:
    found = numbers.get("is_non_negative")
    if found is not None and not isinstance(found, bool):
        raise ValueError(f"{name}: is_non_negative is {found!r:.80}; it is true or false")
    return found


def _domains(texts: Mapping[str, Any], name: str) -> tuple[str, ...] | None:
    found = texts.get("domains")
    if found is None:
        return None
    if not isinstance(found, list) or not all(isinstance(text, str) for text in found):
        raise ValueError(f"{name}: domains is no list of texts")
    return tuple(found)


def _config(found: Any, base: Config, where: str) -> Config:
    if not isinstance(found, Mapping):
        raise ValueError(f"{where} is no object")
    names = {
        "evaluate_constraints", "emit_metrics", "datatype_check_threshold", "domain_content_threshold",
        "distribution_constraints",
    }  # fmt: skip
    _known(found, names, where)
    compared = _mapping(found, "distribution_constraints", where)
    inner = {
        "perform_comparison", "comparison_threshold", "comparison_method", "categorical_comparison_threshold",
        "categorical_drift_method",
    }  # fmt: skip
    _known(compared, inner, f"{where}: distribution_constraints")
    shares = {
        name: _share(part[name], f"{where}: {name}")
        for part in (found, compared)
        for name in part
        if name.endswith("_threshold")
    }
    return Config(
        evaluate=_state(found, "evaluate_constraints", where, default=base.evaluate),
        emit=_state(found, "emit_metrics", where, default=base.emit),
        datatype=shares.get("datatype_check_threshold", base.datatype),
        domain=shares.get("domain_content_threshold", base.domain),
        compare=_state(compared, "perform_comparison", where, default=base.compare),
        threshold=shares.get("comparison_threshold", base.threshold),
        method=_one_of(compared.get("comparison_method", base.method), {ROBUST, SIMPLE}, f"{where}: comparison_method"),
        categorical=shares.get("categorical_comparison_threshold", base.categorical),
        categorical_method=_one_of(
            compared.get("categorical_drift_method", base.categorical_method),
            {LINFINITY, CHI_SQUARED},
            f"{where}: categorical_drift_method",
        ),
    )


def _state(found: Mapping[str, Any], name: str, where: str, *, default: bool) -> bool:
    return STATES[_one_of(found[name], set(STATES), f"{where}: {name}")] if name in found else default


def _mapping(found: Mapping[str, Any], key: str, where: str) -> Mapping[str, Any]:
    part = found.get(key) or {}
    if not isinstance(part, Mapping):
        raise ValueError(f"{where}: {key} is no object")
    return part


def _known(found: Mapping[str, Any], names: set[str], where: str) -> None:
    """A key that does nothing would be a bound that nobody keeps."""
    if unknown := sorted(set(found) - names - IGNORED):
        raise ValueError(f"{where} has {unknown[0]}, which is none of {', '.join(sorted(names))}")


def _share(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ValueError(f"{where} is {value!r:.80}; it is a number from 0 to 1")
    return float(value)


def _one_of(value: Any, known: set[str], where: str) -> str:
    if not isinstance(value, str) or value not in known:
        raise ValueError(f"{where} is {value!r:.80}; it is one of {', '.join(sorted(known))}")
    return value


def _feature_json(one: Constraint) -> dict[str, Any]:
    found: dict[str, Any] = {"name": one.name, "inferred_type": one.type}
    if one.completeness is not None:
        found["completeness"] = one.completeness
    if one.non_negative is not None:
        found["num_constraints"] = {"is_non_negative": one.non_negative}
    if one.domains is not None:
        found["string_constraints"] = {"domains": list(one.domains)}
    return found


def _config_json(config: Config) -> dict[str, Any]:
    names = {state: name for name, state in STATES.items()}
    return {
        "evaluate_constraints": names[config.evaluate],
        "emit_metrics": names[config.emit],
        "datatype_check_threshold": config.datatype,
        "domain_content_threshold": config.domain,
        "distribution_constraints": {
            "perform_comparison": names[config.compare],
            "comparison_threshold": config.threshold,
            "comparison_method": config.method,
            "categorical_comparison_threshold": config.categorical,
            "categorical_drift_method": config.categorical_method,
        },
    }
