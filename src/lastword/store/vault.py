"""The vault: the keys of erasable texts, apart from the record and from its backups.

Every erasable disclosure is sealed (AES-256 in Galois/Counter mode) under a key of its own. Erasing it means to forget
the key: the ciphertext in the record, and in every copy of it, is noise from then on.

Keys are committed before the entries that need them. A crash between both leaves keys that fit nothing: harmless, and
swept from time to time.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from lastword.store.database import Database
from lastword.store.refusal import DamagedError
from lastword.store.schema import vault_key, vault_metadata

REQUESTS: Final = "requests"
"""The name of the key under which the digests of acts that were asked for with a key are kept."""
_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12


class Vault:
    """Keys by the digest of what they open."""

    def __init__(self, database: Database) -> None:
        self._database = database
        insert = sqlite.insert if isinstance(database.engine.dialect, sqlite.dialect) else postgresql.insert
        self._add = insert(vault_key).on_conflict_do_nothing()
        self._get = sa.select(vault_key.c.key).where(vault_key.c.digest == sa.bindparam("digest"))
        self._forget = sa.delete(vault_key).where(vault_key.c.digest == sa.bindparam("of"))

    def create(self) -> None:
        """Make the table."""
        with self._database.engine.begin() as connection:
            vault_metadata.create_all(connection)

    def close(self) -> None:
        """Close all connections."""
        self._database.close()

    def new_keys(self, digests: Iterable[str]) -> Mapping[str, bytes]:
        """Return a key for each of ``digests``, once they are on the disk. What has a key keeps it.

        The same text with the same salt (a field of a request in its next round) has the same digest, so that
        erasing it once erases it everywhere.
        """
        wanted = {digest: os.urandom(_KEY_BYTES) for digest in digests}
        if not wanted:
            return {}
        with self._database.writing() as connection:
            self._database.write(
                connection, [(self._add, [{"digest": digest, "key": key} for digest, key in wanted.items()])]
            )
            found = {digest: connection.row(self._get, digest=digest) for digest in wanted}
            self._database.commit(connection)
        return {digest: bytes(row[0]) for digest, row in found.items() if row is not None}

    def key(self, digest: str) -> bytes | None:
        """Return the key that opens ``digest``, None if there is none (any more)."""
        with self._database.reading() as session:
            row = session.row(self._get, digest=digest)
        return None if row is None else bytes(row[0])

    def keys(self, digests: Iterable[str]) -> Mapping[str, bytes]:
        """Return the keys of those of ``digests`` that there are keys for."""
        with self._database.reading() as session:
            found = {digest: session.row(self._get, digest=digest) for digest in digests}
        return {digest: bytes(row[0]) for digest, row in found.items() if row is not None}

    def forget(self, digests: Iterable[str]) -> None:
        """Destroy the keys of ``digests``, for good: on the disk nothing of them is left."""
        with self._database.writing() as connection:
            self._database.write(connection, [(self._forget, [{"of": digest} for digest in digests])])
            self._database.commit(connection)
        self._database.scrub(vault_key.name)

    def digests(self) -> tuple[str, ...]:
        """Return what there are keys for."""
        with self._database.reading() as session:
            return tuple(row[0] for row in session.rows(sa.select(vault_key.c.digest)))


def seal(key: bytes, content: bytes, digest: str) -> bytes:
    """Return nonce and ciphertext of ``content``; ``digest`` is bound to it."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, content, digest.encode())


def unseal(key: bytes, sealed: bytes, digest: str) -> bytes:
    """Return what ``seal`` was given. Raises DamagedError if it is not what was sealed under this digest."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], digest.encode())
    except (InvalidTag, ValueError):
        raise DamagedError(f"the sealed text of `{digest}` is damaged") from None
