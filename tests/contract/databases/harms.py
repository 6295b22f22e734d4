"""Finds changes of tables that break programs of the release before, from the schema that the database reports."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Inspector, inspect


@dataclass(frozen=True)
class Table:
    """Columns by name as (type, nullable, has a default), and the constraints as text."""

    columns: dict[str, tuple[str, bool, bool]]
    rules: frozenset[str]


def tables_of(connection: Connection) -> dict[str, Table]:
    inspector = inspect(connection)
    return {name: _table(inspector, name) for name in inspector.get_table_names()}


def harms(before: dict[str, Table], after: dict[str, Table]) -> list[str]:
    """Lists why a program made for the tables `before` may fail on the tables `after`.

    Not harmful are new tables, new indexes, and new columns that an INSERT need not name.
    """
    found = [f"{name} is gone" for name in before.keys() - after.keys()]
    for name in before.keys() & after.keys():
        old, new = before[name], after[name]
        found += [f"{name}.{column} is gone" for column in old.columns.keys() - new.columns.keys()]
        for column, (kind, nullable, has_default) in new.columns.items():
            if column not in old.columns:
                if not nullable and not has_default:
                    found.append(f"{name}.{column} is required")
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
