"""Reading the catalog for lists."""


def compose_files(of: str = "") -> tuple[str, ...]:
    """The fields for `defer` of applications, or of rows whose foreign key `of` leads to one.

    To open the files takes time, and the key under which they are stored: only plans need them.
    """
    prefix = f"{of}__" if of else ""
    return f"{prefix}docker_compose", f"{prefix}rancher_compose"
