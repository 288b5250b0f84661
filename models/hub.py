"""Files of the Hugging Face hub: from its cache, or with an answer within ten seconds.

timm and huggingface_hub retry and wait (for a 429 as long as the server likes), and their errors
are pages long. Here the files are looked up first, under one deadline, and timm is only ever given
files that lie on this disk, so no network is ever started with random weights.
"""

import errno
import hashlib
import queue
import re
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from wam_core.errors import ModelError

LOOKUP_SECONDS = 8.0
_DOWNLOAD_SECONDS = 1800.0
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}
_T = TypeVar("_T")


def cached(repo: str, files: Sequence[str], revision: str | None = None) -> list[Path] | None:
    """The files in the hub's cache, or None unless all are there."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        found = [try_to_load_from_cache(repo, file, revision=revision) for file in files]
    except HFValidationError:
        raise ModelError(f"{repo!r} is not the name of a hub repository (owner/name)") from None
    paths = [Path(path) for path in found if isinstance(path, str)]
    return paths if len(paths) == len(files) else None


def fetch(repo: str, files: Sequence[str], revision: str | None = None) -> list[Path]:
    """The files of a repository on this disk, downloaded where they are not cached.

    Raises:
        ModelError: unreachable, unknown, gated, too many requests or an incomplete repository;
            comes within ten seconds, and says where the files can be put by hand. Or what is in
            the cache is not what was fetched.
    """
    paths = cached(repo, files, revision) or _fetched(repo, files, revision)
    for path in paths:
        _check_whole(path, repo)
    return paths


def _check_whole(path: Path, repo: str) -> None:
    """Compare a file with its SHA-256, by which the cache names weights.

    Where the cache has no links, or the hub told no SHA-256, there is nothing to compare with.
    """
    stored = path.resolve()
    if re.fullmatch("[0-9a-f]{64}", stored.name) is None:
        return
    with stored.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != stored.name:
        folder = f"models--{repo.replace('/', '--')}"
        raise ModelError(
            f"{path.name} of {repo} is damaged on this disk: it has SHA-256 {found[:16]}…, and "
            f"{stored.name[:16]}… is expected; delete {folder} from the hub's cache, and it is "
            "fetched again"
        )


def _fetched(repo: str, files: Sequence[str], revision: str | None) -> list[Path]:
    from huggingface_hub import get_hf_file_metadata, hf_hub_download, hf_hub_url

    urls = [hf_hub_url(repo, file, revision=revision) for file in files]
    try:
        within(
            LOOKUP_SECONDS,
            lambda: [get_hf_file_metadata(url, timeout=LOOKUP_SECONDS / 2) for url in urls],
        )
        return within(
            _DOWNLOAD_SECONDS,
            lambda: [Path(hf_hub_download(repo, file, revision=revision)) for file in files],
        )
    except Exception as error:
        raise ModelError(f"{_reason(error, repo)}; {_remedy(repo, files)}") from None


def within(seconds: float, task: Callable[[], _T]) -> _T:
    """The task's result, or its exception, or a TimeoutError.

    A name server can hold a thread longer than any timeout of a socket; such a thread is left
    behind, as Python cannot stop it.
    """
    answer: queue.SimpleQueue[tuple[_T | None, Exception | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            answer.put((task(), None))
        except Exception as error:
            answer.put((None, error))

    threading.Thread(target=run, name="hub", daemon=True).start()
    try:
        result, error = answer.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError from None
    if error is not None:
        raise error
    return result  # type: ignore[return-value]  # set, or the error was raised


def _reason(error: Exception, repo: str) -> str:
    from huggingface_hub import errors

    status = getattr(getattr(error, "response", None), "status_code", None)
    if isinstance(error, OSError) and error.errno in _FULL:
        return f"{repo} cannot be kept, as the disk of the hub's cache has no room"
    if isinstance(error, errors.RevisionNotFoundError):
        return f"{repo} has no such revision on the Hugging Face hub"
    if isinstance(error, errors.EntryNotFoundError):
        return f"{repo} has no safetensors weights or no config.json on the Hugging Face hub"
    if isinstance(error, errors.GatedRepoError) or status == 403:
        return (
            f"{repo} is gated: accept its terms on the Hugging Face hub and log in (hf auth login)"
        )
    if isinstance(error, errors.RepositoryNotFoundError) or status in (401, 404):
        return f"{repo} does not exist on the Hugging Face hub, or is private"
    if status == 429:
        return f"the Hugging Face hub refuses {repo} for now: too many requests (429)"
    if status is not None:
        return f"the Hugging Face hub answers {status} for {repo}"
    return f"{repo} cannot be fetched, as the Hugging Face hub cannot be reached"


def _remedy(repo: str, files: Sequence[str]) -> str:
    from huggingface_hub.constants import HF_HUB_CACHE

    return (
        f"with {' and '.join(files)} from elsewhere, fill the cache {HF_HUB_CACHE} "
        f"(hf download {repo}), or load local-dir:FOLDER with config.json and model.safetensors"
    )
