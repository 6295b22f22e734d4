"""What a change of tables does to programs of the release before it, by what a database says of itself."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Inspector, inspect


@dataclass(frozen=True)
class Table:
    """Columns by name: type, whether it may be null, whether it fills itself. Rules: what rows must obey."""

    columns: dict[str, tuple[str, bool, bool]]
    rules: frozenset[str]


def tables_of(connection: Connection) -> dict[str, Table]:
    inspector = inspect(connection)
    return {name: _table(inspector, name) for name in inspector.get_table_names()}


def harms(before: dict[str, Table], after: dict[str, Table]) -> list[str]:
    """Why a program that knows the tables from `before` may fail on those from `after`.

    Not harmful are new tables, new indexes, and new columns that an INSERT need not name.
    """
    found = [f"{name} is gone" for name in before.keys() - after.keys()]
    for name in before.keys() & after.keys():
        old, new = before[name], after[name]
        found += [f"{name}.{column} is gone" for column in old.columns.keys() - new.columns.keys()]
        for column, (kind, nullable, fills_itself) in new.columns.items():
            if column not in old.columns:
                if not nullable and not fills_itself:
                    found.append(f"{name}.{column} must be given")
            elif (kind, nullable) != old.columns[column][:2]:
                found.append(f"{name}.{column} is another")
        found += [f"{name} has a new rule: {rule}" for rule in new.rules - old.rules]
    return sorted(found)


def _table(inspector: Inspector, name: str) -> Table:
    columns = {
        column["name"]: (str(column["type"]), bool(column["nullable"]), column["default"] is not None)
        for column in inspector.get_columns(name)
    }
    rules = {f"primary key {inspector.get_pk_constraint(name)['constrained_columns']}"}
    rules |= {f"unique {index['column_names']}" for index in inspector.get_indexes(name) if index["unique"]}
    rules |= {f"unique {unique['column_names']}" for unique in inspector.get_unique_constraints(name)}
    rules |= {f"check {check['sqltext']}" for check in inspector.get_check_constraints(name)}
    rules |= {_reference(key) for key in inspector.get_foreign_keys(name)}
    return Table(columns, frozenset(rules))


def _reference(key: Any) -> str:
    return f"{key['constrained_columns']} are of {key['referred_table']}"
