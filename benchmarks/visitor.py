"""A visitor without a browser: speaks Streamlit's protocol over a websocket, as fast as it can."""

import hashlib
import json
import time
import urllib.request
import uuid
from contextlib import ExitStack
from dataclasses import dataclass
from http.cookies import SimpleCookie
from types import TracebackType
from typing import Any, Self

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.protocol import State
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

_PICTURES = ("wam_viewer", "wam_player")
_KEPT_RUNS = 2  # runs in which a browser keeps a large message that was not drawn again


@dataclass
class _Kept:
    """A large message, so that the server need not send it twice."""

    message: ForwardMsg
    age: int = 0


class Visitor:
    """One session of a dashboard.

    Args:
        url: of the server, ``http://127.0.0.1:8501``.
        query: of the link, such as ``modality=sound``.
        page: the path of a screen, such as ``about``.

    Attributes:
        elements: what is on the page, by its place.
        fragment_of: the fragment that draws the element at a place; empty for the page itself.
        received: bytes that came over the websocket so far.
        finished: runs of the page or of fragments that came to their end.
    """

    def __init__(self, url: str, query: str = "", page: str = "") -> None:
        self.url, self.query, self.page = url.rstrip("/"), query, page
        self.session, self.widgets = "", dict[str, WidgetState]()
        self.elements: dict[tuple[int, ...], Any] = {}
        self.fragments: dict[str, tuple[float, float]] = {}
        self.began: float | None = None
        self.running = False
        self.fragment_of: dict[tuple[int, ...], str] = {}
        self.received = self.finished = 0
        self.runs = 0  # of the whole page, to their end
        self._known: dict[str, _Kept] = {}
        self._page_hash = ""
        self._stale: set[tuple[int, ...]] = set()
        self._drawn: set[str] = set()  # the fragments that run; none where it is the page
        with urllib.request.urlopen(f"{self.url}/_stcore/host-config", timeout=30) as answer:
            cookies = SimpleCookie("; ".join(answer.headers.get_all("Set-Cookie") or []))
        with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=30) as answer:
            cookies.load("; ".join(answer.headers.get_all("Set-Cookie") or []))
        self.xsrf = next((m.value for name, m in cookies.items() if "xsrf" in name), "")
        self._stack = ExitStack()
        self._socket: ClientConnection = self._stack.enter_context(
            connect(
                f"{self.url.replace('http', 'ws', 1)}/_stcore/stream",
                subprotocols=[Subprotocol("streamlit"), Subprotocol(self.xsrf or "none")],
                origin=Origin(self.url),
                max_size=None,
            )
        )
        self.cookies = "; ".join(f"{name}={m.value}" for name, m in cookies.items())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the tab."""
        self._stack.close()

    @property
    def connected(self) -> bool:
        """Whether the server can still be heard."""
        return self._socket.state == State.OPEN

    def rerun(self, fragment: str = "", *pressed: WidgetState, timed: bool = False) -> None:
        """Ask for the page, or one fragment of it; buttons are pressed for this once."""
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.page_name = self.query, self.page
        state.page_script_hash, state.fragment_id = self._page_hash, fragment
        state.is_auto_rerun = timed
        state.widget_states.widgets.extend([*self.widgets.values(), *pressed])
        state.cached_message_hashes.extend(self._known)
        if not fragment:
            self.running = True
        self._socket.send(message.SerializeToString())

    def press(self, label: str) -> None:
        """Press the button whose label begins so."""
        self.rerun("", WidgetState(id=self.find("button", label).id, trigger_value=True))

    def slide(self, label: str, value: float) -> None:
        """Set the slider whose label begins so; it is sent with the next rerun."""
        state = WidgetState(id=self.find("slider", label).id)
        state.double_array_value.data.append(value)
        self.widgets[state.id] = state

    def change(self, kind: str, label: str, value: str) -> None:
        """Choose one of the words of a control, or press it; only its fragment is drawn again.

        Args:
            kind: ``button``, ``button_group``, ``checkbox`` or ``slider`` (one that holds words).
            label: what the control's label begins with.
            value: a word of it; of a group of which several are chosen it is put in or taken out.
        """
        place, element = next(
            (path, getattr(self.elements[path], kind))
            for path in sorted(self.elements)
            if self.elements[path].WhichOneof("type") == kind
            and getattr(self.elements[path], kind).label.startswith(label)
        )
        state = WidgetState(id=element.id)
        if kind == "button":
            state.trigger_value = True
            self.rerun(self.fragment_of[place], state)
            return
        before = self.widgets.get(element.id)
        if kind == "checkbox":
            state.bool_value = not (element.default if before is None else before.bool_value)
        else:
            chosen = [value]
            if kind == "button_group" and element.click_mode == element.MULTI_SELECT:
                words = [option.content for option in element.options]
                there = (
                    [words[i] for i in element.default]
                    if before is None
                    else list(before.string_array_value.data)
                )
                chosen = [word for word in words if (word in there) != (word == value)]
            state.string_array_value.data.extend(chosen)
            state.string_array_value.SetInParent()
        self.widgets[element.id] = state
        self.rerun(self.fragment_of[place])

    def find(self, kind: str, label: str = "") -> Any:
        """The first element of a kind whose label begins so."""
        for element in self.all(kind):
            if str(getattr(element, "label", "")).startswith(label):
                return element
        raise LookupError(f"no {kind} {label!r} on the page")

    def all(self, kind: str) -> list[Any]:
        """All elements of a kind, in the order of the page."""
        found = []
        for path in sorted(self.elements):
            element = self.elements[path]
            if element.WhichOneof("type") == kind:
                found.append(getattr(element, kind))
        return found

    def listen(self, seconds: float) -> bool:
        """Take one message, or let the fragments that are due run; whether there was a message."""
        now = time.monotonic()
        if not self.running:
            for name, (interval, last) in self.fragments.items():
                if now - last >= interval:
                    self.fragments[name] = interval, now
                    self.rerun(name, timed=True)
        try:
            data = self._socket.recv(timeout=seconds)
        except TimeoutError:
            return False
        raw = data if isinstance(data, bytes) else data.encode()
        self.received += len(raw)
        message = ForwardMsg.FromString(raw)
        if message.WhichOneof("type") == "ref_hash":
            known, place = self._known[message.ref_hash], message.metadata
            known.age = -1
            message = ForwardMsg()
            message.CopyFrom(known.message)
            message.metadata.CopyFrom(place)
        elif message.metadata.cacheable:
            self._known[message.hash] = _Kept(message, age=-1)
        self._take(message)
        return True

    def until(self, done: Any, seconds: float) -> float:
        """Listen until ``done(self)``; the seconds it took.

        Raises:
            TimeoutError: it did not come true in time.
        """
        began = time.monotonic()
        while not done(self):
            if time.monotonic() - began > seconds:
                raise TimeoutError(f"not within {seconds} s")
            self.listen(0.05)
        return time.monotonic() - began

    def settled(self) -> bool:
        """Whether the page is drawn and nothing on it is watched any more."""
        return bool(self.elements) and not self.running and not self.fragments

    def shown(self) -> str:
        """A hex SHA-256 of the main picture and all figures: equal where their numbers are."""
        specs = [chart.spec for chart in self.all("plotly_chart")]
        specs += [one.json for one in self.all("bidi_component") if one.component_name in _PICTURES]
        return hashlib.sha256(json.dumps(specs).encode()).hexdigest() if specs else ""

    def media(self) -> dict[str, str]:
        """The address of every picture and sound on the page, and the player that has it.

        A picture stands on the page (an empty name); a sound is fetched when it is first heard.
        """
        found = {one.url: "" for images in self.all("imgs") for one in images.imgs if one.url}
        for component in self.all("bidi_component"):
            data = json.loads(component.json or "{}")
            found |= {one["url"]: str(data["key"]) for one in data.get("tracks", [])}
        return found

    def fetch(self, address: str) -> int:
        """The bytes of a picture or a sound."""
        with urllib.request.urlopen(f"{self.url}{address}", timeout=30) as answer:
            return len(answer.read())

    def texts(self) -> str:
        """All words on the page, one element a line."""
        kinds = ("markdown", "alert", "heading", "progress")
        said = [e for kind in kinds for e in self.all(kind)]
        return "\n".join(getattr(e, "body", "") or getattr(e, "text", "") for e in said)

    def upload(self, name: str, data: bytes, token: bool = True) -> int:
        """Send a file as an uploader would; the status of the answer."""
        boundary = uuid.uuid4().hex
        body = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        ).encode() + data
        body += f"\r\n--{boundary}--\r\n".encode()
        self.file = str(uuid.uuid4())
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        if token:
            headers |= {"X-Xsrftoken": self.xsrf, "Cookie": self.cookies}
        request = urllib.request.Request(
            f"{self.url}/_stcore/upload_file/{self.session}/{self.file}",
            body, headers, method="PUT",
        )  # fmt: skip
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    def drop(self, label: str, name: str, data: bytes) -> None:
        """Drop a file on the uploader whose label begins so."""
        assert self.upload(name, data) == 204
        state = WidgetState(id=self.find("file_uploader", label).id)
        info = state.file_uploader_state_value.uploaded_file_info.add()
        info.file_id, info.name, info.size = self.file, name, len(data)
        self.widgets[state.id] = state
        self.rerun()

    def _follow(self, element: Any) -> None:
        """Take over what the server has put into a control, as a button for it does."""
        control = getattr(element, element.WhichOneof("type"))
        if not getattr(control, "set_value", False) or control.id not in self.widgets:
            return
        if element.WhichOneof("type") == "button_group":
            state = WidgetState(id=control.id)
            state.string_array_value.data.extend(control.raw_values)
            state.string_array_value.SetInParent()
            self.widgets[control.id] = state

    def _forget(self) -> None:
        """Let go of large messages that were not drawn for a while, as a browser does."""
        for digest, kept in list(self._known.items()):
            kept.age += 1
            concerned = not self._drawn or kept.message.delta.fragment_id in self._drawn
            if concerned and kept.age > _KEPT_RUNS:
                del self._known[digest]

    def _take(self, message: ForwardMsg) -> None:
        match message.WhichOneof("type"):
            case "new_session":
                self.session = message.new_session.initialize.session_id or self.session
                self._stale = set()
                if not message.metadata.run.fragment_ids:
                    self.fragments, self.running = {}, True
                    self._stale = set(self.elements)
                self._drawn = set(message.metadata.run.fragment_ids)
            case "navigation":
                self._page_hash = message.navigation.page_script_hash
            case "delta":
                path = tuple(message.metadata.delta_path)
                self._stale.discard(path)
                if message.delta.WhichOneof("type") == "new_element":
                    self.elements[path] = message.delta.new_element
                    self.fragment_of[path] = message.delta.fragment_id
                    self._follow(message.delta.new_element)
                else:
                    self.elements.pop(path, None)
            case "auto_rerun":
                told = message.auto_rerun
                self.fragments.setdefault(told.fragment_id, (told.interval, time.monotonic()))
            case "script_finished":
                status = message.script_finished
                self.finished += 1
                self._forget()
                if status == ForwardMsg.FINISHED_SUCCESSFULLY:
                    for path in self._stale:
                        self.elements.pop(path, None)
                    self.running = False
                    self.runs += 1
                elif status == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
                    self.running = False
