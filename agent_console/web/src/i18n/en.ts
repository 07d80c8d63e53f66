import type zh from './zh-CN';

const en: typeof zh = {
  app: { name: 'Government Service Hotline', console: 'Agent desk' },
  nav: { workspace: 'Desk', calls: 'Calls', callBacks: 'Call-backs', tickets: 'Tickets', floor: 'Floor', main: 'Main', who: 'Who answers', audit: 'Audit' },
  common: {
    retry: 'Try again', loading: 'Loading…', more: 'Load more', noMore: 'That is all', search: 'Search', all: 'All', mine: 'Mine only',
    clear: 'Clear', close: 'Close', cancel: 'Cancel', save: 'Save', edit: 'Edit', none: 'None', back: 'Back',
    yes: 'Yes', no: 'No', reload: 'Reload', view: 'View', copied: 'Copied',
  },
  user: {
    menu: 'Account and settings', signOut: 'Sign out', theme: 'Dark', themeLight: 'Light', language: '中文', switchLanguage: 'Switch to Chinese',
    notify: 'Turn on call notifications', notifyOn: 'Call notifications are on', notifyBlocked: 'The browser blocks notifications', soundTest: 'Try the ring tone',
    signOutBusy: 'You are on a call. End it before signing out.', signOutDrafts: '{n} ticket drafts are not saved and will be cleared. Sign out anyway?',
    confirmSignOut: 'Sign out anyway',
  },
  role: { agent: 'Agent', supervisor: 'Supervisor', admin: 'Administrator', officer: 'Case officer' },
  login: {
    heading: 'Sign in', sub: 'One number, answered day and night', username: 'User name', password: 'Password', submit: 'Sign in', busy: 'Signing in…',
    needUsername: 'Enter your user name.', needPassword: 'Enter your password.', showPassword: 'Show password', hidePassword: 'Hide password',
    ended: 'Your session has ended. Please sign in again.', foot: 'For authorised staff only. Every action is recorded.',
  },
  link: { lost: 'Connection lost, reconnecting… Your phone is not affected', refused: 'The live connection was refused; trying again. If this stays, sign in again.', stale: 'The screen may be out of date', back: 'Connected again' },
  state: {
    offline: 'Offline', ready: 'Ready', ringing: 'Ringing', talking: 'On a call', wrapup: 'Wrap-up', paused: 'Paused', held: 'On hold',
    goReady: 'Ready', goPause: 'Pause', endWrapup: 'End wrap-up', goOffline: 'Go offline', extend: 'left', since: 'for', choose: 'Choose a reason',
    needPhone: 'The browser phone is not registered yet, so you cannot go ready.', whileTalking: 'You can go offline after the call.', label: 'Agent state', seat: 'Ext. {n}',
  },
  phone: {
    web: 'Browser phone', desk: 'Desk phone', off: 'Off', connecting: 'Registering…', registered: 'Registered', failed: 'Not registered', elsewhere: 'Phone is open in another tab',
    title: 'Phone', choose: 'Which phone', deskHow: 'Enter this account in your phone. Answer, mute and hold on the phone itself.', deskUser: 'User', deskHost: 'Server', deskPassword: 'Password', show: 'Show', hide: 'Hide',
    failedHow: 'The server did not accept the registration; trying again. Use a desk phone or call the administrator.', micTest: 'Test microphone', micStop: 'Stop test', micSpeak: 'Speak: the green bar should move with your voice.', micDenied: 'The browser may not use the microphone. Allow it left of the address.', micMissing: 'No microphone found. Check that the headset is plugged in.', speakerTest: 'Play a tone',
    changeWhenIdle: 'The phone cannot be changed while ringing or talking.', status: 'Phone status', noAccount: 'No phone account could be fetched; trying again shortly.', failedMicrophone: 'The microphone cannot be used, so the call was not connected. Allow it in the browser.', failedMedia: 'Audio could not be set up; the caller went back to the queue.', failedBusy: 'You already have a call.', deskReady: 'Answer on the phone', soundLost: 'The page was reloaded, and the sound of this call cannot come back to the browser. Hang up and call the caller back.',
  },
  call: {
    answer: 'Answer', hangup: 'Hang up', reject: 'Decline', mute: 'Mute', unmute: 'Unmute', hold: 'Hold', resume: 'Resume', keypad: 'Keypad', deskOnly: 'Answer, mute and hold on the phone', controls: 'Call controls', timer: 'Call time', quality: 'Call quality', idle: 'Idle',
    in: 'Packets received', out: 'Packets sent', lost: 'Lost', jitter: 'Jitter', rtt: 'Round trip', good: 'Good', fair: 'Fair', poor: 'Poor', silent: 'No sound arrives', keypadTitle: 'Send keys',
  },
  recording: { title: 'Recording', on: 'Recording', paused: 'Paused', none: 'Not recorded', pause: 'Pause', resume: 'Resume', hint: 'Pause while a password or a card number is said', whole: '{time}', part: 'Incomplete: {time} kept', missing: 'Not recorded', deleted: 'Deleted, its time is over', listen: 'Listen', listenNote: 'Listening is recorded', silent: 'The recording could not be read; please open it again.' },
  pop: { ringing: 'Incoming call', dialled: 'Dialled', caller: 'Caller', wait: 'Waited', queue: 'Queue', tickets: 'Earlier tickets', calls: 'Earlier calls', missed: 'That call was not answered here and went to another desk.', title: 'Call {n}', notify: 'Call for {name}', soundOff: 'The browser silenced the ring. Click anywhere to allow it.' },
  caller: {
    title: 'Caller', none: 'No call', noneHint: 'When you are ready, calls appear here by themselves.', reveal: 'Show number', hide: 'Hide number', revealNote: 'Showing the full number is recorded', dialled: 'Dialled', unit: 'Unit', mode: 'Merger', wait: 'Waited', path: 'Path', arrived: 'Arrived',
    repeat: 'Repeat caller', repeatHint: '{n} recent calls', earlierCalls: 'Earlier calls', earlierTickets: 'Earlier tickets', first: 'First call; nothing earlier.', ended: 'Call ended', loadFailed: 'Earlier records could not be fetched.', queue: 'Queue', unknownHotline: 'Not in the catalogue', hidden: 'Number withheld',
  },
  audience: { personal: 'Person', enterprise: 'Enterprise', line: 'Enterprise line (一企来)' },
  expert: { wanted: 'Wants an expert call-back', label: 'Experts wanted' },
  mode: { main: 'Main number', merged: 'Fully merged', parallel: 'Both numbers kept', sub_centre: 'Sub-centre', emergency: 'Emergency', line: 'District or department line' },
  outcome: { answered: 'Answered', abandoned: 'Abandoned', sub_centre: 'To sub-centre', emergency: 'To emergency', refused: 'Refused', interrupted: 'Interrupted', call_back: 'Call-back promised', turned_away: 'Turned away', running: 'In progress' },
  callState: { arrived: 'Arrived', queued: 'Waiting', ringing: 'Ringing', talking: 'Talking', held: 'On hold', ended: 'Ended' },
  step: { queue: 'To {name}', subcentre: 'To sub-centre {name}', emergency: 'To emergency number {name}', speech: 'Announcement', hangup: 'Hung up', callback: 'Call-back promised', turnaway: 'Lines full, turned away', survey: 'Survey', ask: 'Ticket progress', DIGITS: 'keyed in', SILENCE: 'no key', key: 'Key {name}', arrival: 'Arrived', other: '{name}', TIMEOUT: 'waited too long', JOINEMPTY: 'nobody in the queue', FULL: 'as many wait as may', LEAVEEMPTY: 'nobody in the queue', NOANSWER: 'no answer', BUSY: 'busy', CHANUNAVAIL: 'line unavailable', CONGESTION: 'lines congested', ANSWER: 'answered', CONTINUE: 'call over' },
  ticket: {
    title: 'Ticket', forCall: 'Ticket for this call', none: 'Answer a call to open its ticket here', noneHint: 'Number, hotline and time are filled in for you.', withoutCall: 'Open a ticket without a call',
    field: { kind: 'Kind', urgency: 'Urgency', title: 'Title', requester_name: 'Name', requester_phone: 'Phone', address: 'Address', occurred_at: 'Time', cause: 'Cause', content: 'Course and request', confidential: 'Confidential', audience: 'For', enterprise_name: 'Enterprise', credit_code: 'Unified social credit code', policy_category: 'Policy', hotline: 'Hotline', state: 'State', created_by: 'Opened by', created_at: 'Opened', updated_at: 'Updated', call: 'Call' },
    hint: { title: 'The request in one sentence', requester_name: 'How the caller is addressed', requester_phone: 'Empty: the caller\'s number', requester_phone_free: 'A number to call back', address: 'Where it happened, as exact as possible', occurred_at: 'When it happened', cause: 'Why it happened', content: 'What happened, what is asked, what was done', confidential: 'Hide the caller from the handling unit', enterprise_name: 'Full name, as on its licence', credit_code: '18 characters, if the caller tells', policy_category: 'Choose a policy category' },
    five: 'Five elements', fiveHint: 'Name, time, address, cause, course; all but the course may stay empty', fiveNames: { requester_name: 'name', occurred_at: 'time', address: 'address', cause: 'cause', content: 'course' },
    kind: { consultation: 'Question', help: 'Help', complaint: 'Complaint', report: 'Report', suggestion: 'Suggestion', praise: 'Praise' },
    urgency: { normal: 'Normal', urgent: 'Urgent', critical: 'Critical' },
    state: { accepted: 'Accepted', classified: 'Classified', dispatched: 'Dispatched', signed: 'Signed for', handling: 'In hand', supervised: 'Supervised', done: 'Done', callback: 'Call-back', returned: 'Returned', redone: 'Handled again', archived: 'Archived', closed: 'Closed' },
    fault: { kind: 'Choose the kind of ticket.', title: 'Enter a title.', content: 'Enter the course and the request.', phone: 'A phone number has only digits, spaces, hyphens and a leading plus.' },
    draft: 'Draft kept on this desk at {time}', draftFull: 'This browser cannot keep drafts; save the ticket soon.', saved: 'Ticket saved', savedAs: 'Ticket {n} saved', save: 'Save ticket', saving: 'Saving…', clear: 'Clear', clearSure: 'Clear what has been entered?', another: 'Open another', open: 'Open ticket', drafts: 'Unsaved drafts', resume: 'Continue', discard: 'Discard',
    conflict: 'Somebody else has just changed this ticket. Your changes are not saved.', conflictTake: 'Load the latest', conflictKeep: 'Keep mine and save again', leave: 'Your changes are not saved. Discard them?', stay: 'Keep editing', already: 'Opened', unchanged: 'Nothing was changed.', updated: 'Changes saved', notFound: 'There is no such ticket.', version: 'Version {n}', edit: 'Edit ticket', reveal: 'Show number',
  },
  person: { label: 'Find by whole number', hint: 'Whole number, then Enter', title: 'One number', note: 'This search has been recorded.', none: 'No calls or tickets of this number', noneHint: 'Check the number; a landline needs its area code.', bad: 'A number has 3–20 digits and may start with +.', tooMany: 'Only the latest {n} are shown.' },
  calls: { title: 'Calls', searchHint: 'Call id, number dialled', hotline: 'Hotline', outcome: 'Outcome', empty: 'No calls match', emptyHint: 'Try other filters, or clear them.', arrived: 'Arrived', caller: 'Caller', dialled: 'Dialled', agent: 'Agent', wait: 'Wait', talk: 'Talk', tickets: 'Tickets', detail: 'Call', timeline: 'What happened', noEvents: 'No events recorded.', id: 'Call id', trunk: 'Trunk', landed: 'Number from', landedBy: { callback: 'we rang back', uri: 'the number dialled', diversion: 'before it was redirected (Diversion)', history: 'before it was redirected (History-Info)' } },
  callBack: {
    title: 'Call-backs', open: 'To call', closed: 'Closed', mine: 'Mine only', empty: 'Nobody is waiting to be called back', emptyHint: 'Callers whom nobody answered appear here by themselves.', emptyClosed: 'No call-back has been closed yet', emptyClosedHint: 'Closed ones and their results are shown here.',
    why: 'Why', whyOf: { missed: 'Gave up waiting', promised: 'Promised', turned_away: 'Turned away', interrupted: 'Cut off' },
    caller: 'Caller', hotline: 'Hotline', since: 'First call', last: 'Latest call', attempts: 'Tried', times: '{n}×', by: 'Handled by', waiting: 'waiting {time}', next: 'again in {time}',
    take: 'Take', ring: 'Ring by system', ringHint: 'The line rings from 12345 and puts whoever answers to a free agent', ringing: 'Ringing', byItself: 'The line will ring', handedOver: 'The line will ring', pop: 'Call-back', giveBack: 'Give back', takenBy: '{who} is on it', outcome: 'Result', outcomeOf: { reached: 'Reached', rang_again: 'Rang again', not_reached: 'Not reached', not_needed: 'Not needed' },
    reached: 'Reached', notReached: 'Not reached', notNeeded: 'Not needed', said: 'Recorded: {outcome}', again: 'Not reached; may be tried again in {time}', closedBy: 'Closed by', closedAt: 'Closed', system: 'System',
  },
  tickets: { title: 'Tickets', searchHint: 'Number, title, enterprise', empty: 'No tickets match', emptyHint: 'Try other filters, or clear them.', number: 'Number', created: 'Opened', new: 'New ticket' },
  event: {
    CallArrived: 'Call arrived, dialled {dnis}', StepTaken: '{step}', CallQueued: 'Waiting in {queue}, place {position}', CallQueuedPlain: 'Waiting in {queue}', MemberRang: 'Desk {agent} rang', MemberMissed: 'Desk {agent} did not answer', CallConnected: 'Desk {agent} answered after {wait}', CallHeld: 'Put on hold', CallResumed: 'Taken off hold', RecordingStarted: 'Recording began', RecordingPaused: 'Agent {agent} paused the recording', RecordingResumed: 'Agent {agent} resumed the recording', SurveyAnswered: 'The caller rated the call {satisfaction} of 5', CallAbandoned: 'The caller gave up after {wait}', CallEnded: 'Call ended', CallEndedTalk: 'Call ended after {talk} of talk', WrapUpStarted: 'Desk {agent} began wrap-up', AgentStateChanged: 'Desk {agent} became: {state}', TransferStarted: 'Transfer started', TransferCompleted: 'Transfer completed', TransferFailed: 'Transfer failed', IllegalMove: 'An event came out of order and was noted', other: 'Event {type}', after: ' (step before: {last})',
  },
  side: { today: 'Today', answered: 'Answered', missed: 'Missed', talk: 'Talk time', tickets: 'Tickets', todayNone: 'Today\'s figures are not available.', keys: 'Keyboard', queues: 'Your queues', savedJust: 'Just saved' },
  keys: { title: 'Keyboard shortcuts', answer: 'Answer', hangup: 'Hang up', mute: 'Mute on / off', hold: 'Hold / resume', record: 'Pause recording', ready: 'Ready', pause: 'Pause', wrapup: 'End wrap-up', keypad: 'Send keys', save: 'Save ticket', form: 'Go to ticket title', help: 'This help', esc: 'Close' },
  audit: {
    title: 'Look-ups', at: 'Time', who: 'Who', what: 'What', subject: 'Subject', from: 'From', anybody: 'Anybody', anything: 'Anything', byNumber: 'A search by number (not shown)',
    actionOf: { caller_revealed: 'Saw a caller\'s number', ticket_opened: 'Opened a ticket', requester_revealed: 'Saw a requester\'s phone', recording_opened: 'Listened to a call', person_searched: 'Searched by number' },
    person: 'Who looked at this number', personHint: 'A whole number, then Enter', personNote: 'Who saw this number\'s calls or tickets, or searched for it. This search is recorded too.', about: 'About the number asked for', clear: 'Back to all look-ups',
    empty: 'No look-ups', emptyHint: 'Seeing a number, opening a ticket and searching by number leave a row here.',
  },
  alarm: {
    recorder_silent: 'The recorder is not heard: screens and figures stand still. Calls go on and are filled in from the logs.', link_down: 'A link to Asterisk is down: screens stand still. It is being made anew.', not_committing: 'The database takes no rows: screens stand still. What waits is written when it is back.',
    backlog: 'Events pile up: screens are slow.', log_lag: 'The logs are read more than 30 s behind: recent figures will still be corrected.', illegal_moves: 'Events came out of order within 15 minutes; they were noted. Please tell an administrator.',
  },
  floor: { title: 'Floor', today: 'Today', offered: 'Offered', answered: 'Answered', abandoned: 'Abandoned', waiting: 'Waiting now', rate: 'Answer rate', queues: 'Queues', agents: 'Agents', queue: 'Queue', wait: 'Longest wait', ready: 'Ready', talking: 'Talking', paused: 'Paused', noAgents: 'No agents signed in yet', full: 'Wall', exitFull: 'Leave wall', updated: 'Updated {time}', callBacks: 'Call-backs owed', rateHint: 'Answered ÷ all offered calls, abandoned ones included', calm: 'Nobody waits', inState: '{n}' },
  who: {
    title: 'Who answers?', number: 'Number dialled', numberHint: 'A number such as 12329', at: 'City time', now: 'Now', night: '02:00 at night', print: 'Print',
    intro: 'Every way a call to this number can go, and the rule behind each step. No call is made.', empty: 'Choose a number', emptyHint: 'Any number of the catalogue, or any other that a carrier may send.', rule: 'Rule', source: 'Written in', step: 'Step',
  },
  error: { page: 'Page not found', pageHint: 'The address may be wrong, or you may not see it.', home: 'Go home', forbidden: 'Your role may not see this page.', load: 'Data could not be fetched' },
};

export default en;
