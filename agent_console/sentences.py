"""Every refusal of the console: code → HTTP status and the sentence in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Sentence:
    """What the page shows for one code; `{…}` are facts of the refusal."""

    status: int
    zh: str
    en: str


SENTENCES: Final[dict[str, Sentence]] = {
    # who is there
    "not_logged_in": Sentence(401, "请先登录。", "Please log in first."),
    "login_wrong": Sentence(
        401, "用户名或密码不正确。", "The user name or the password is not right."
    ),
    "login_throttled": Sentence(
        429,
        "尝试次数过多，请在 {seconds} 秒后再试。",
        "Too many attempts; please try again in {seconds} seconds.",
    ),
    "role_not_allowed": Sentence(
        403, "您的角色无权进行此操作。", "Your role does not permit this."
    ),
    "origin_foreign": Sentence(
        403,
        "请求不是来自本系统的页面，已拒绝。",
        "Refused: the request does not come from this console's own page.",
    ),
    # accounts
    "username_malformed": Sentence(
        422,
        "用户名须为 2–32 位小写字母、数字、点、下划线或连字符，并以字母开头。",
        "A user name has 2–32 lower-case letters, digits, dots, underscores or hyphens and "
        "starts with a letter.",
    ),
    "username_taken": Sentence(
        409, "用户名“{username}”已被使用。", "The user name “{username}” is already taken."
    ),
    "username_unknown": Sentence(404, "没有用户“{username}”。", "There is no user “{username}”."),
    "password_too_short": Sentence(
        422, "密码至少 {least} 个字符。", "A password has at least {least} characters."
    ),
    "password_too_long": Sentence(
        422, "密码最多 {most} 个字符。", "A password has at most {most} characters."
    ),
    "display_name_malformed": Sentence(
        422, "显示名须为 1–50 个字符。", "A display name has 1–50 characters."
    ),
    "role_unknown": Sentence(
        422,
        "角色须为 agent、supervisor、admin 或 officer。",
        "A role is agent, supervisor, admin or officer.",
    ),
    "language_unknown": Sentence(422, "语言须为 zh 或 en。", "A language is zh or en."),
    "extension_missing": Sentence(422, "坐席必须有分机号。", "An agent needs an extension."),
    "extension_not_allowed": Sentence(
        422, "只有坐席可以有分机号。", "Only an agent has an extension."
    ),
    "extension_unknown": Sentence(
        422,
        "目录中没有分机号 {extension}。",
        "No seat of the catalogue has the extension {extension}.",
    ),
    "extension_taken": Sentence(
        409, "分机号 {extension} 已分配给其他坐席。", "Extension {extension} is another agent's."
    ),
    # the agent and the call
    "pause_reason_unknown": Sentence(
        422, "没有这个小休原因。", "There is no such reason for a pause."
    ),
    "seat_without_queue": Sentence(
        409, "该分机未分配任何队列。", "This extension is a member of no queue."
    ),
    "seat_without_phone": Sentence(
        409,
        "该分机尚无话机密码，请管理员重新运行安装。",
        "This extension has no phone password yet; an administrator must run the set-up again.",
    ),
    "not_in_wrapup": Sentence(
        409, "您当前不在话后处理状态。", "You are not in wrap-up at the moment."
    ),
    "not_signed_in": Sentence(
        409, "您尚未签入，请先选择就绪。", "You have not signed in yet; get ready first."
    ),
    "no_call": Sentence(409, "您当前没有通话。", "You have no call at the moment."),
    "not_recorded": Sentence(409, "该通话没有在录音。", "This call is not being recorded."),
    "recording_unknown": Sentence(
        404, "该通话没有可听的录音。", "There is no recording of this call to listen to."
    ),
    "recording_not_opened": Sentence(
        403,
        "请先打开录音，收听会被记录。",
        "Open the recording first; who listens is recorded.",
    ),
    "call_unknown": Sentence(404, "没有找到该通话。", "There is no such call."),
    "call_not_yours": Sentence(403, "该通话不属于您。", "This call is not yours."),
    "caller_unknown": Sentence(
        404, "该通话没有主叫号码。", "This call came without a caller number."
    ),
    "call_back_unknown": Sentence(404, "没有这条回拨。", "There is no such call-back."),
    "call_back_taken": Sentence(
        409,
        "这条回拨已由他人领取或已办结。",
        "Somebody else has taken this call-back, or it is closed.",
    ),
    "call_back_without_trunk": Sentence(
        409,
        "没有可以拨出的中继，或号码不能拨打，请人工回拨。",
        "There is no line to ring out on, or the number cannot be dialled; please ring yourself.",
    ),
    "call_back_not_yours": Sentence(
        409,
        "请先领取这条回拨；已办结的不能再改。",
        "Take this call-back first; one that is closed cannot be changed.",
    ),
    "credential_wrong": Sentence(401, "凭证不正确。", "The credential is not right."),
    "context_unknown": Sentence(
        404, "没有这个键对应的通话。", "No call of yours is behind this key."
    ),
    "brought_unknown": Sentence(404, "该通话没有带来信息。", "This call brought nothing with it."),
    "too_many": Sentence(
        429,
        "请求过多，请在 {seconds} 秒后再试。",
        "Too many requests; please try again in {seconds} seconds.",
    ),
    "target_unknown": Sentence(
        422, "没有这个转接对象。", "There is no such target to transfer to."
    ),
    "target_not_that_way": Sentence(
        422,
        "对“{name}”不能这样转接。",
        "A caller cannot be transferred to “{name}” this way.",
    ),
    "emergency_by_button": Sentence(
        422,
        "紧急号码只能用紧急按钮转接。",
        "The emergency numbers are reached by the emergency button alone.",
    ),
    "emergency_unknown": Sentence(422, "没有这个紧急号码。", "There is no such emergency number."),
    "transfer_not_there": Sentence(
        409, "转接不在这一步，请看当前状态。", "The transfer is not at that point; see its state."
    ),
    "transfer_goes_on": Sentence(
        409, "已有一次转接在进行。", "A transfer of this call is already going on."
    ),
    "action_refused": Sentence(
        409,
        "电话系统拒绝了该操作，请告知管理员。",
        "The telephone system refused this; please tell an administrator.",
    ),
    "queue_not_applied": Sentence(
        409,
        "电话系统还没有您的一个队列：目录已改而未生效，请告知管理员。",
        "The telephone system lacks one of your queues: the catalogue was edited and not applied;"
        " please tell an administrator.",
    ),
    "action_unknown": Sentence(
        504,
        "电话系统没有及时答复，请看状态是否已改变后再试。",
        "The telephone system did not answer in time; see whether the state changed, then retry.",
    ),
    "asterisk_unavailable": Sentence(
        503,
        "电话系统暂时无法连接，请稍后再试。",
        "The telephone system cannot be reached at the moment; please try again shortly.",
    ),
    "stream_unavailable": Sentence(
        503,
        "实时消息暂时中断，请稍后再试。",
        "Live messages are interrupted at the moment; please try again shortly.",
    ),
    "database_unavailable": Sentence(
        503,
        "数据库暂时无法访问，请稍后再试。",
        "The database cannot be reached at the moment; please try again shortly.",
    ),
    # tickets
    "ticket_unknown": Sentence(404, "没有找到该工单。", "There is no such ticket."),
    "ticket_version_conflict": Sentence(
        409,
        "该工单已被他人修改，请刷新后再保存。",
        "Somebody else has changed this ticket; reload it before you save.",
    ),
    "ticket_confidential": Sentence(
        403,
        "该工单要求保密，只有受理人和班长可以查看诉求人信息或修改。",
        "This ticket is confidential: only who opened it and supervisors see the requester or "
        "change it.",
    ),
    "ticket_hotline_unknown": Sentence(
        422, "目录中没有这个热线号码。", "The catalogue has no such hotline."
    ),
    "ticket_call_unknown": Sentence(
        422, "工单所指的通话不存在。", "The call that the ticket names does not exist."
    ),
    "ticket_phone_masked": Sentence(
        422,
        "“{zh}”被遮盖，无法保存；请填写完整号码。",
        "“{en}” is masked and cannot be saved; please enter the whole number.",
    ),
    "ticket_not_enterprise": Sentence(
        422,
        "“{zh}”只属于企业诉求；请先把诉求主体改为企业。",
        "“{en}” belongs to an enterprise's ticket only; set “for” to enterprise first.",
    ),
    "policy_category_unknown": Sentence(
        422, "目录中没有这个政策类别。", "The catalogue has no such policy category."
    ),
    # every form
    "field_missing": Sentence(422, "请填写“{zh}”。", "Please fill in “{en}”."),
    "field_too_long": Sentence(
        422, "“{zh}”最多 {limit} 个字。", "“{en}” has at most {limit} characters."
    ),
    "field_too_short": Sentence(
        422, "“{zh}”至少 {limit} 个字。", "“{en}” has at least {limit} characters."
    ),
    "field_not_listed": Sentence(
        422, "“{zh}”的取值不在可选范围内。", "“{en}” is not one of the values to choose from."
    ),
    "field_unknown": Sentence(422, "没有名为“{zh}”的字段。", "There is no field called “{en}”."),
    "field_out_of_range": Sentence(
        422, "“{zh}”超出允许的范围。", "“{en}” is outside the permitted range."
    ),
    "field_malformed": Sentence(422, "“{zh}”的格式不正确。", "“{en}” is not well-formed."),
    "field_in_the_future": Sentence(
        422, "“{zh}”不能晚于现在。", "“{en}” must not lie in the future."
    ),
    "field_control_character": Sentence(
        422, "“{zh}”含有不允许的控制字符。", "“{en}” holds a control character."
    ),
    "phone_malformed": Sentence(
        422,
        "“{zh}”须为 3–20 位数字，可以 + 开头。",
        "“{en}” has 3–20 digits and may start with +.",
    ),
    "credit_code_malformed": Sentence(
        422,
        "“{zh}”须为 18 位数字或大写字母（不含 I、O、S、V、Z），第 3–8 位为数字。",
        "“{en}” has 18 digits or capital letters (never I, O, S, V, Z); the 3rd to 8th are digits.",
    ),
    "credit_code_wrong": Sentence(
        422,
        "“{zh}”的校验码不符，请逐位核对。",
        "The last character of “{en}” does not fit the others; check each one.",
    ),
    "body_malformed": Sentence(422, "请求内容不是有效的 JSON。", "The request is not valid JSON."),
    "body_too_large": Sentence(413, "请求内容过大。", "The request is too large."),
    "phone_in_address": Sentence(
        422,
        "请勿在网址中使用完整的来电号码搜索。",
        "A caller's whole number must not be put into the address of a search.",
    ),
    # everything else
    "not_found": Sentence(404, "没有这个地址。", "There is nothing at this address."),
    "method_not_allowed": Sentence(
        405, "此地址不支持该操作。", "This address does not support that method."
    ),
    "internal": Sentence(
        500,
        "系统内部出错，已记录，请稍后再试。",
        "Something went wrong inside the system; it has been logged. Please try again.",
    ),
    # websocket
    "message_not_json": Sentence(
        400, "消息不是有效的 JSON 对象。", "The message is not a valid JSON object."
    ),
    "message_too_large": Sentence(400, "消息过大。", "The message is too large."),
    "message_type_unknown": Sentence(
        400,
        "消息类型须为 resume 或 ping。",
        "The message's type must be resume or ping.",
    ),
    "resume_id_malformed": Sentence(
        400,
        "last_id 须形如 1700000000000-0。",
        "last_id must look like 1700000000000-0.",
    ),
    "resume_twice": Sentence(400, "每个连接只能续传一次。", "A connection can resume only once."),
    "too_many_malformed": Sentence(
        400,
        "无法识别的消息过多，连接已关闭。",
        "Too many messages that make no sense; the connection is closed.",
    ),
}

# What the form calls each field, so that a sentence can name it.
FIELDS: Final[dict[str, tuple[str, str]]] = {
    "username": ("用户名", "user name"),
    "password": ("密码", "password"),
    "display_name": ("显示名", "display name"),
    "role": ("角色", "role"),
    "extension": ("分机号", "extension"),
    "language": ("语言", "language"),
    "phone": ("话机", "phone"),
    "reason": ("原因", "reason"),
    "call_id": ("通话编号", "call id"),
    "hotline": ("热线", "hotline"),
    "kind": ("诉求类型", "kind"),
    "urgency": ("紧急程度", "urgency"),
    "title": ("标题", "title"),
    "content": ("诉求内容", "content"),
    "requester_name": ("诉求人姓名", "requester's name"),
    "requester_phone": ("联系电话", "requester's phone"),
    "address": ("地址", "address"),
    "occurred_at": ("发生时间", "time it happened"),
    "cause": ("起因", "cause"),
    "audience": ("诉求主体", "for"),
    "enterprise_name": ("企业名称", "enterprise name"),
    "credit_code": ("统一社会信用代码", "unified social credit code"),
    "policy_category": ("政策类别", "policy category"),
    "confidential": ("是否保密", "confidential"),
    "version": ("版本", "version"),
    "reference": ("分中心编号", "sub-centre's reference"),
    "state": ("状态", "state"),
    "before": ("翻页标记", "page mark"),
    "limit": ("每页条数", "page size"),
    "q": ("搜索词", "search words"),
    "outcome": ("通话结果", "outcome"),
    "mine": ("只看我的", "mine only"),
    "from": ("起始时间", "from"),
    "at": ("时间", "time"),
    "to": ("结束时间", "to"),
    "by": ("统计口径", "grouping"),
    "interval": ("时段", "interval"),
    "short_seconds": ("短时放弃秒数", "seconds of a short abandon"),
    "number": ("编号", "number"),
    "caller": ("来电号码", "caller number"),
}
