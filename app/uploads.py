"""How much visitors may have uploaded, and for how long: Streamlit itself knows no end of either."""

import asyncio
import threading
from collections.abc import Sequence

from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartParser
from streamlit import config
from streamlit.runtime import get_instance, memory_session_storage, memory_uploaded_file_manager
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.session_manager import SessionInfo
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from app.server import log_event, server

_FULL = 507  # insufficient storage


class Uploads(MemoryUploadedFileManager):
    """Streamlit's uploads, within a quota per visitor and one for all of them together.

    A file beyond it is refused; those that are there stay.
    """

    def __init__(self, upload_endpoint: str) -> None:
        super().__init__(upload_endpoint)
        self._adding = threading.Lock()

    def add_file(self, session_id: str, file: UploadedFileRec) -> None:
        """Keep a file.

        Raises:
            HTTPException: the quota is used up.
        """
        rules = server()
        with self._adding:
            mine = [one for one in self._of(session_id) if one.file_id != file.file_id]
            every = sum(self.bytes_of(session) for session in list(self.file_storage))
            size = len(file.data)
            if (
                len(mine) >= rules.uploads
                or sum(len(one.data) for one in mine) + size > rules.uploads_mb * 2**20
                or every + size > rules.uploads_total_mb * 2**20
            ):
                log_event("upload refused", megabytes=size / 2**20, files=len(mine))
                raise HTTPException(_FULL, "No room for more uploads; remove some first")
            super().add_file(session_id, file)

    def bytes_of(self, session_id: str) -> int:
        """What a visitor has uploaded."""
        return sum(len(file.data) for file in self._of(session_id))

    def _of(self, session_id: str) -> Sequence[UploadedFileRec]:
        return list(self.file_storage.get(session_id, {}).values())


class Sessions(MemorySessionStorage):
    """Visitors whose connection ended, as long as they may come back.

    Streamlit forgets them when the next visitor leaves, which may be never; their files stay until
    then. Here they end on time.
    """

    def save(self, session_info: SessionInfo) -> None:
        """Keep a visitor for ``server.disconnectedSessionTTL`` seconds."""
        super().save(session_info)
        patience = config.get_option("server.disconnectedSessionTTL") + 1
        asyncio.get_running_loop().call_later(patience, self._end, session_info.session)

    def _end(self, session: AppSession) -> None:
        if self.get(session.id) is None and not get_instance().is_active_session(session.id):
            session.shutdown()
            # Sessions are rings of objects, and who was there when a network was loaded is no longer
            # looked through for rings (app/runtime.py): what is large has to be let go of by name.
            session.session_state.clear()
        self._cache.expire()  # type: ignore[attr-defined]  # a TTLCache, annotated as a mapping


def install() -> None:
    """Let the server that is about to start use these; Streamlit has no setting for it."""
    memory_uploaded_file_manager.MemoryUploadedFileManager = Uploads  # type: ignore[misc]  # replaced where it is defined
    memory_session_storage.MemorySessionStorage = Sessions  # type: ignore[misc]  # as above


def in_use() -> None:
    """Make sure of it, once the server is there; and keep files off the disk while they arrive.

    Starlette would write them to a temporary file from a megabyte on, and has no setting for that.

    Raises:
        RuntimeError: Streamlit makes its uploads and sessions elsewhere than 1.67 does.
    """
    MultiPartParser.spool_max_size = config.get_option("server.maxUploadSize") * 2**20
    runtime = get_instance()
    sessions = runtime._session_mgr._session_storage  # type: ignore[attr-defined]  # of the protocol's one class
    if not (isinstance(runtime.uploaded_file_mgr, Uploads) and isinstance(sessions, Sessions)):
        raise RuntimeError("this Streamlit does not take our uploads and sessions, as 1.67 does")
