/** The agent's browser phone: one SIP registration over websocket, one call at a time. */
import { UA, WebSocketInterface } from 'jssip';
import type { RTCSession } from 'jssip/lib/RTCSession';
import type { PhoneAccount } from '@/api/types';

export type Registration = 'off' | 'connecting' | 'registered' | 'failed';
export type LegState = 'none' | 'ringing' | 'answering' | 'talking';

export interface PhoneListener {
  registration(state: Registration, cause: string | null): void;
  leg(state: LegState): void;
  /** Hold may be refused by the far end, so the page follows what happened, not what was asked. */
  held(held: boolean): void;
  muted(muted: boolean): void;
  audio(stream: MediaStream): void;
  failed(cause: 'microphone' | 'media' | 'busy'): void;
}

/** Host candidates come at once on a LAN; a name server that hangs must not cost the caller seconds. */
const GATHERING_MS = 250;
const REGISTER_EXPIRES_S = 120;
const KEY_MS = 120;

export class Softphone {
  private agent: UA | null = null;
  private session: RTCSession | null = null;

  constructor(private readonly listener: PhoneListener) {}

  start(account: PhoneAccount): void {
    this.stop();
    this.listener.registration('connecting', null);
    const agent = new UA({
      sockets: [new WebSocketInterface(account.ws_url)],
      uri: account.sip_uri,
      authorization_user: account.user,
      password: account.password,
      register: true,
      register_expires: REGISTER_EXPIRES_S,
      session_timers: false,
      no_answer_timeout: 120,
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 15,
      user_agent: 'hotline-console',
    });
    agent.on('registered', () => this.listener.registration('registered', null));
    agent.on('unregistered', () => this.listener.registration('connecting', null));
    agent.on('registrationFailed', (event) => {
      this.listener.registration('failed', event.cause ?? null);
      // The server refuses for passing reasons too (reload, old contact): ask again, gently.
      setTimeout(() => this.agent === agent && agent.isConnected() && agent.register(), 5000);
    });
    agent.on('disconnected', () => this.listener.registration('connecting', null));
    agent.on('newRTCSession', (event: { originator: string; session: RTCSession }) => {
      if (event.originator === 'remote') this.incoming(event.session);
    });
    agent.start();
    this.agent = agent;
  }

  stop(): void {
    const agent = this.agent;
    this.agent = null;
    if (!agent) return;
    agent.stop();
    agent.removeAllListeners();
    this.listener.registration('off', null);
  }

  get connection(): RTCPeerConnection | null {
    return this.session?.connection ?? null;
  }

  answer(): void {
    const session = this.session;
    if (!session || !session.isInProgress()) return;
    this.listener.leg('answering');
    session.answer({
      mediaConstraints: {
        audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
        video: false,
      },
      pcConfig: { iceServers: [], rtcpMuxPolicy: 'require' },
    });
  }

  hangUp(): void {
    const session = this.session;
    if (!session || session.isEnded()) return;
    // 486 while ringing: the queue offers the caller to the next desk at once.
    if (session.isEstablished()) session.terminate();
    else session.terminate({ status_code: 486, reason_phrase: 'Busy Here' });
  }

  mute(on: boolean): void {
    if (on) this.session?.mute({ audio: true });
    else this.session?.unmute({ audio: true });
  }

  hold(on: boolean): void {
    if (on) this.session?.hold();
    else this.session?.unhold();
  }

  /** Keys for the far end's menus, sent in the audio stream as RFC 4733 events. */
  keys(tones: string): void {
    if (!this.session?.isEstablished()) return;
    const sender = this.session.connection.getSenders().find((one) => one.track?.kind === 'audio');
    if (sender?.dtmf?.canInsertDTMF) sender.dtmf.insertDTMF(tones, KEY_MS, 70);
    else this.session.sendDTMF(tones, { duration: KEY_MS });
  }

  private incoming(session: RTCSession): void {
    if (this.session && !this.session.isEnded()) {
      session.terminate({ status_code: 486, reason_phrase: 'Busy Here' });
      return;
    }
    this.session = session;
    session.on('peerconnection', ({ peerconnection }) => this.listen(peerconnection));
    let gathering: ReturnType<typeof setTimeout> | null = null;
    session.on('icecandidate', ({ ready }) => {
      gathering ??= setTimeout(ready, GATHERING_MS);
    });
    session.on('confirmed', () => this.listener.leg('talking'));
    session.on('hold', () => this.listener.held(session.isOnHold().local));
    session.on('unhold', () => this.listener.held(session.isOnHold().local));
    session.on('muted', () => this.listener.muted(true));
    session.on('unmuted', () => this.listener.muted(false));
    session.on('getusermediafailed', () => this.listener.failed('microphone'));
    session.on('peerconnection:setremotedescriptionfailed', () => this.listener.failed('media'));
    session.on('peerconnection:createanswerfailed', () => this.listener.failed('media'));
    session.on('ended', () => this.over(session));
    session.on('failed', () => this.over(session));
    this.listener.leg('ringing');
  }

  private listen(connection: RTCPeerConnection): void {
    connection.addEventListener('track', (event) => {
      this.listener.audio(event.streams[0] ?? new MediaStream([event.track]));
    });
  }

  private over(session: RTCSession): void {
    if (this.session !== session) return;
    this.session = null;
    this.listener.leg('none');
    this.listener.held(false);
    this.listener.muted(false);
  }
}
