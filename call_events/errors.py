"""What can go wrong between us and Asterisk's manager interface; `code` is stable."""

# Not frozen: contextlib assigns __traceback__ to an exception that passes through it.

from dataclasses import dataclass


class LinkError(Exception):
    """Base of all; never carries a secret or a caller's number."""

    code = "link_error"


@dataclass(eq=False)
class UnsafeAction(LinkError):
    """An action that would smuggle a second one in, or that Asterisk would cut."""

    header: str
    what: str

    code = "unsafe_action"

    def __str__(self) -> str:
        return f"AMI header {self.header!r}: {self.what}"


@dataclass(eq=False)
class LinkDown(LinkError):
    """No link. `sent`: the action had left before it broke, so it may have been done."""

    why: str
    sent: bool = False

    code = "link_down"

    def __str__(self) -> str:
        return f"no link to Asterisk: {self.why}"


@dataclass(eq=False)
class ActionUnanswered(LinkError):
    """Asterisk did not answer in time: the action may have been done."""

    action: str
    seconds: float

    code = "action_unanswered"

    def __str__(self) -> str:
        return f"AMI action {self.action} had no answer within {self.seconds:g} s"


@dataclass(eq=False)
class ActionRefused(LinkError):
    """Asterisk said no."""

    action: str
    message: str

    code = "action_refused"

    def __str__(self) -> str:
        return f"AMI action {self.action} refused: {self.message}"


@dataclass(eq=False)
class LoginRefused(LinkError):
    """The AMI account or its secret is wrong."""

    username: str
    address: str

    code = "ami_login_refused"

    @property
    def zh(self) -> str:
        return f"Asterisk 管理接口 {self.address} 拒绝账号 “{self.username}”:账号或密码不对"

    @property
    def en(self) -> str:
        return (
            f"Asterisk manager at {self.address} refused the account '{self.username}':"
            " wrong name or secret"
        )

    def __str__(self) -> str:
        return self.en


@dataclass(eq=False)
class RecorderTaken(Exception):
    """Another recorder already writes the calls of this node."""

    node: str

    code = "recorder_already_running"

    @property
    def zh(self) -> str:
        return f"节点 “{self.node}” 已有一个记录程序在运行"

    @property
    def en(self) -> str:
        return f"another recorder already runs for node '{self.node}'"

    def __str__(self) -> str:
        return self.en
