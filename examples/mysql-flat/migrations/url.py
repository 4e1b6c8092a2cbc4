# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""The URL of a MySQL server as its provider prints it, for pymysql."""

import ssl
from typing import Any

import sqlalchemy
from sqlalchemy import URL, Engine, event, make_url

__all__ = ["create_engine", "make_url"]

SSL_MODES = ["DISABLED", "PREFERRED", "REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY"]
IMPLIED_MODES = {
    "ssl": "REQUIRED",
    "ssl_verify_cert": "VERIFY_CA",
    "ssl_verify_identity": "VERIFY_IDENTITY",
}


def create_engine(url: URL, **options: Any) -> Engine:
    """Do what SQLAlchemy's function does, with MySQL's names for TLS in the URL too."""
    create = sqlalchemy.create_engine
    if not url.drivername.endswith("+pymysql"):
        return create(url, **options)
    query = {
        name.replace("-", "_"): value if isinstance(value, str) else value[-1]
        for name, value in url.query.items()
    }
    mode = ssl_mode(query)
    arguments = ssl_arguments(mode, query)
    options["connect_args"] = arguments | options.get("connect_args", {})
    engine = create(url.set(query=query), **options)
    if mode in SSL_MODES[2:]:
        event.listen(engine, "connect", refuse_plain_text)
    return engine


def ssl_mode(query: dict[str, str]) -> str:
    """Take MySQL's ssl-mode out of the query, and what other names say of it."""
    given = [query.pop("ssl_mode", "").upper()]
    for name, implied in IMPLIED_MODES.items():
        if query.pop(name, "").lower() in ("1", "true"):
            given.append(implied)
    if "ssl_ca" in query and given == [""]:
        any_host = query.get("ssl_check_hostname", "").lower() in ("0", "false")
        given = ["VERIFY_CA" if any_host else "VERIFY_IDENTITY"]
    if "ssl_cert" in query:
        given.append("REQUIRED")
    if given[0] not in ("", *SSL_MODES):
        modes = ", ".join(SSL_MODES)
        raise ValueError(f"there is no ssl-mode={given[0]}: write one of {modes}")
    return max(given, key=["", *SSL_MODES].index)


def ssl_arguments(mode: str, query: dict[str, str]) -> dict[str, Any]:
    """Return pymysql's arguments for the mode, and take files out of the query."""
    if mode not in SSL_MODES[2:]:
        return {"ssl_disabled": True} if mode == "DISABLED" else {}
    names = ("ca", "capath", "cert", "key", "key_password", "cipher", "check_hostname")
    files = {name: query.pop(f"ssl_{name}", None) for name in names}
    context = ssl.create_default_context(cafile=files["ca"], capath=files["capath"])
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # of MySQL's own certificates
    context.check_hostname = mode == "VERIFY_IDENTITY"
    if mode == "REQUIRED" and not files["ca"]:
        context.verify_mode = ssl.CERT_NONE
    if files["cert"]:
        context.load_cert_chain(files["cert"], files["key"], files["key_password"])
    if files["cipher"]:
        context.set_ciphers(files["cipher"])
    return {"ssl": context}


def refuse_plain_text(connection: Any, _: object) -> None:
    """Insist on TLS: pymysql does without if the server offers none."""
    encrypted = getattr(connection, "_secure", False)
    if not encrypted:
        raise ValueError("the server offers no TLS, and the URL asks for it")
