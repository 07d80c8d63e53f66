"""The sentences of catalogue faults: code → (Chinese, English)."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    "file_missing": ("找不到文件或目录。", "There is no such file or folder."),
    "file_unreadable": ("无法读取文件：{why}。", "The file cannot be read: {why}."),
    "file_too_large": (
        "文件超过 {limit} 字节，目录文件不应这样大。",
        "The file is over {limit} bytes, too large for a catalogue.",
    ),
    "folder_empty": ("目录中没有 *.yaml 文件。", "The folder holds no *.yaml file."),
    "not_utf8": (
        "文件不是 UTF-8 编码（第 {byte} 字节处）。",
        "The file is not UTF-8 (at byte {byte}).",
    ),
    "yaml_syntax": ("YAML 语法错误：{problem}。", "YAML syntax: {problem}."),
    "alias_used": (
        "请把内容写全，目录中不使用锚点与别名（& 和 *）。",
        "Write it out: anchors and aliases (& and *) are not used in a catalogue.",
    ),
    "not_a_mapping": ("此处应为“名称: 值”的形式。", "Expected `name: value` pairs here."),
    "not_a_list": ("此处应为以“- ”开头的列表。", "Expected a list of `- ` entries here."),
    "key_twice": (
        "“{key}”在此处用了两次，第一次在 {first}。",
        "“{key}” is used twice here; the first is at {first}.",
    ),
    "section_twice": (
        "“{key}”只能写一次，第一次在 {first}。",
        "“{key}” may be written once only; the first is at {first}.",
    ),
    "section_missing": ("缺少“{key}”部分。", "The section “{key}” is missing."),
    "field_unknown": ("没有“{key}”这个字段{hint_zh}。", "There is no field “{key}”{hint_en}."),
    "field_missing": ("缺少字段“{key}”。", "The field “{key}” is missing."),
    "value_wrong": ("“{value}”不能用在这里：{zh}。", "“{value}” does not fit here: {en}."),
    "number_bad": (
        "“{value}”不是号码：应为 3 至 15 位数字。",
        "“{value}” is not a number: 3 to 15 digits are expected.",
    ),
    "name_bad": (
        "“{value}”不能作名称：小写字母开头，只含小写字母、数字和连字符。",
        "“{value}” is not a name: a lower-case letter, then lower-case letters, digits, hyphens.",
    ),
    "number_twice": (
        "号码 {number} 重复，第一次在 {first}。",
        "The number {number} is listed twice; the first is at {first}.",
    ),
    "name_twice": (
        "名称“{name}”重复，第一次在 {first}。",
        "The name “{name}” is given twice; the first is at {first}.",
    ),
    "queue_unknown": ("没有名为“{name}”的队列{hint_zh}。", "No queue is named “{name}”{hint_en}."),
    "queue_reserved": (
        "队列不能取名“{name}”：Asterisk 的 queues.conf 另有他用。",
        "A queue cannot be named “{name}”: Asterisk's queues.conf keeps that word for itself.",
    ),
    "trunk_unknown": ("没有名为“{name}”的中继{hint_zh}。", "No trunk is named “{name}”{hint_en}."),
    "prompt_missing": (
        "没有编号为“{name}”的提示音{hint_zh}。",
        "No prompt is named “{name}”{hint_en}.",
    ),
    "menu_too_deep": (
        "按键菜单最多一层：按键只能直接指向一个队列。",
        "Menus are one level deep at most: a key leads straight to a queue.",
    ),
    "key_reserved": ("0 键始终转人工，不能另作他用。", "Key 0 always means a person."),
    "key_bad": (
        "“{key}”不是可用的按键：应为 1 至 9。",
        "“{key}” is not a key: 1 to 9 may be used.",
    ),
    "greeting_too_long": (
        "排队前的语音共约 {seconds} 秒（{language}：{prompts}），上限为 {limit} 秒。",
        "About {seconds} s of speech before the queue ({language}: {prompts}); "
        "the limit is {limit} s.",
    ),
    "notice_without_end": (
        "并入提示须有截止日期（until）。",
        "A merger notice needs an end date (until).",
    ),
    "emergency_merged": (
        "{number} 是紧急号码，只能联动，不得归并（mode 应为 emergency）。",
        "{number} is an emergency number: it is linked, never merged (mode must be emergency).",
    ),
    "emergency_pilot": (
        "{number} 是紧急号码，不能作引示号。",
        "{number} is an emergency number, never a pilot number.",
    ),
    "emergency_unlinked": (
        "列有紧急号码，却没有 emergency 出口。",
        "Emergency numbers are listed, but there is no `emergency` way out.",
    ),
    "emergency_with_menu": (
        "紧急号码直接转出，不设“{key}”。",
        "An emergency number goes straight out; it has no “{key}”.",
    ),
    "emergency_queue": (
        "紧急号码无人应答时须转综合队列“{general}”。",
        "An unanswered emergency call returns to the general queue “{general}”.",
    ),
    "main_count": (
        "应有且只有一条 mode 为 main 的热线，号码为 {number}。",
        "Exactly one hotline has mode main, with the number {number}.",
    ),
    "main_without_greeting": (
        "主号码须有问候语（greeting）：其他号码以它为默认。",
        "The main number needs a greeting: it is the default of all others.",
    ),
    "main_queue": (
        "主号码的队列须为综合队列“{general}”。",
        "The main number's queue must be the general queue “{general}”.",
    ),
    "joined_unknown": (
        "所并入的号码 {number} 不在目录中。",
        "The number {number} that this one has joined is not in the catalogue.",
    ),
    "joined_chain": (
        "{number} 不能作为并入对象：它须是自己接听的号码。",
        "{number} cannot be joined: it must be a number that answers for itself.",
    ),
    "sub_centre_unmatched": (
        "分中心号码 {number} 须同时列在 hotlines(mode: sub_centre)和 sub_centres 中。",
        "Sub-centre {number} must be in both hotlines (mode: sub_centre) and sub_centres.",
    ),
    "general_count": (
        "应有且只有一个 kind 为 general 的队列。",
        "Exactly one queue has kind general.",
    ),
    "general_leaves": (
        "综合队列一直等到有人接听：不设“{key}”。",
        "The general queue waits until a person answers: it has no “{key}”.",
    ),
    "full_untold": (
        "综合队列设有等候人数上限时，须有 announcements.full：已满时先告知来电人，再继续等候。",
        "A general queue with a limit needs announcements.full: nobody is turned away untold.",
    ),
    "offer_untold": (
        "call_back_offer 与 call_back_promise 须同时设置：一为询问，一为答复。",
        "call_back_offer and call_back_promise go together: the question and the answer.",
    ),
    "message_untold": (
        "有 message（语音留言）时须有 announcements.full：先告知等候人多，再询问是否留言。",
        "A message needs announcements.full: it is offered to callers who hear that many wait.",
    ),
    "message_short": (
        "silence_seconds 须小于留言时长 seconds（{seconds}）。",
        "silence_seconds must be below the message's own seconds ({seconds}).",
    ),
    "general_unstaffed": (
        "综合队列“{general}”没有座席。",
        "No seat serves the general queue “{general}”.",
    ),
    "language_of_queue": (
        "队列“{name}”：kind 为 language 的队列须写 language（zh 或 en），其他队列不写。",
        "Queue “{name}”: a queue of kind language names its language (zh or en), no other does.",
    ),
    "overflow_missing": (
        "队列“{name}”须有溢出队列（overflow）和等待上限（wait_seconds 大于 0）。",
        "Queue “{name}” needs an overflow queue and a wait_seconds above 0.",
    ),
    "overflow_cycle": (
        "溢出成环：{cycle}。",
        "The overflow queues form a circle: {cycle}.",
    ),
    "days_off_wrong": (
        "假期 {first} 至 {last} 不对：先早后晚，最多 {most} 天。",
        "Days off from {first} to {last} are wrong: first to last, {most} days at most.",
    ),
    "day_twice": (
        "{day} 重复：已在 {first} 列为放假或上班。",
        "{day} is said twice: {first} already makes it a day off or a workday.",
    ),
    "seats_bad": (
        "座席范围 {value} 不对：起止位数须相同、先小后大，最多 {limit} 席。",
        "Seat range {value} is wrong: same digits, low to high, {limit} seats at most.",
    ),
    "seats_overlap": (
        "座席 {seat} 已在 {first} 列出。",
        "Seat {seat} is already listed at {first}.",
    ),
    "seat_is_number": (
        "座席 {seat} 与热线号码相同。",
        "Seat {seat} has the same digits as a hotline.",
    ),
    "way_out_unknown": (
        "没有名为“{name}”的出局中继（ways_out）{hint_zh}。",
        "No way out (ways_out) is named “{name}”{hint_en}.",
    ),
    "partner_emergency": (
        "{number} 是紧急号码，只能用紧急按钮转接，不得列为转接对象。",
        "{number} is an emergency number: the emergency button alone reaches it, no transfer.",
    ),
    "partner_is_ours": (
        "{number} 由本线接听，转出会打回自己。",
        "{number} rings with us: a transfer to it would come back.",
    ),
    "transfer_ways": (
        "“{name}”的 transfer 应为 warm、cold 之一或两者，不可重复。",
        "“{name}”: transfer lists warm, cold or both, each once.",
    ),
    "return_not_first": (
        "return_priority 须大于其他优先级（现最高为 {highest}）：转接未成者排在最前。",
        "return_priority must exceed every other (highest: {highest}): who comes back is first.",
    ),
    "emergency_not_first": (
        "emergency_priority 须大于 return_priority(现为 {returned}):紧急号码未接通者先于所有人。",
        "emergency_priority must exceed return_priority ({returned}): whose emergency call nobody "
        "took goes before everybody.",
    ),
    "peer_reserved": (
        "对端不能取名“{name}”：Asterisk 的配置另有他用。",
        "A peer cannot be named “{name}”: Asterisk's configuration keeps that word for itself.",
    ),
    "peer_twice": (
        "对端名称“{name}”重复，第一次在 {first}。",
        "The peer “{name}” is named twice; the first is at {first}.",
    ),
    "host_shared": (
        "地址 {host} 已用于 {first}：来电无法分清来自哪条中继。",
        "The address {host} is used at {first}: calls from the two could not be told apart.",
    ),
}
