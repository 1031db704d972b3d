"""The triggers by which the database itself refuses to change or delete what was recorded (I5).

They hold for our own code as well; whoever owns the database can drop them, and is then found
out by the sealed roots that were exported.
"""

TABLES = ("audit_event", "audit_sealedroot")

_REFUSE_FUNCTION = """
CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The audit log only grows: % on % is refused.', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$
"""


def creating(vendor: str) -> list[str]:
    """The statements that make the triggers on this kind of database."""
    if vendor == "postgresql":
        return [_REFUSE_FUNCTION] + [
            statement
            for table in TABLES
            for statement in (
                f"CREATE TRIGGER {table}_grows BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION audit_refuse()",
                f"CREATE TRIGGER {table}_stays BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()",
            )
        ]
    return [
        f"CREATE TRIGGER {table}_{name} BEFORE {verb} ON {table} "
        "BEGIN SELECT RAISE(ABORT, 'The audit log only grows.'); END"
        for table in TABLES
        for name, verb in (("grows", "UPDATE"), ("stays", "DELETE"))
    ]


def dropping(vendor: str) -> list[str]:
    """The statements that take the triggers away again: for a migration backwards."""
    where = " ON {table}" if vendor == "postgresql" else ""
    return [
        f"DROP TRIGGER IF EXISTS {table}_{name}" + where.format(table=table)
        for table in TABLES
        for name in ("grows", "stays")
    ]
