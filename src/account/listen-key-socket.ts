import { StaleError, type TickwireError } from '../model/error.ts'
import type { AccountAdapter, ListenKeyAccess, UserMessage } from '../venue/account-adapter.ts'
import { BaseUserSocket, type SocketTools, type UserSocketHandlers } from './user-socket.ts'

export interface ListenKeySocketOptions {
  readonly adapter: AccountAdapter
  readonly access: ListenKeyAccess
  readonly tools: SocketTools
  /** The key as the venue has confirmed it last; undefined while that is in doubt. */
  readonly key: () => string | undefined
  /** The key may have died between its confirmation and the opening of the socket, which nobody was there to hear. */
  readonly check: () => void
  /** The venue tells that a key has ended. */
  readonly expired: (key: string | undefined) => void
  /** Which of the forms of the URL is used, best first; shared by all sockets of the account. */
  readonly form: { index: number }
}

const SUBSCRIBED_WITHIN_MS = 5000

/**
 * A socket whose URL, or first frame, carries a listen key. A venue accepts a dead key without a word: the socket counts only
 * once the key it was dialled with has been confirmed by REST since the last loss.
 */
export class ListenKeySocket extends BaseUserSocket {
  private readonly options: ListenKeySocketOptions
  private dialledKey = ''
  /** The last one that was confirmed, which may be in doubt by now. */
  private newestKey = ''
  private dialledForm = 0
  private isStarted = false
  private isSubscribed = false
  private timer: Disposable | undefined

  constructor(options: ListenKeySocketOptions, handlers: UserSocketHandlers) {
    super(options.adapter, options.tools, handlers)
    this.options = options
  }

  /** Waits for the first key. */
  override start(): void {
    this.isStarted = true
    if (this.options.key() !== undefined) super.start()
  }

  override close(): void {
    this.isStarted = false
    this.disarm()
    super.close()
  }

  /** The venue has confirmed this key. */
  keyConfirmed(key: string): void {
    this.newestKey = key
    if (!this.isStarted) return
    if (this.connection.state.kind === 'closed') super.start()
    else if (this.connection.state.kind === 'open' && this.dialledKey !== key)
      this.connection.replace(new StaleError('there is a new listen key'), true)
    else this.settle()
  }

  keyDropped(cause: string): void {
    this.doubt(cause)
  }

  /** The next form of the URL: one that the venue has retired opens without an error and stays silent. */
  override distrust(cause: TickwireError): void {
    const { form } = this.options
    if (this.updates === 0 && form.index === this.dialledForm) form.index = this.dialledForm + 1
    super.distrust(cause)
  }

  protected url(): string {
    const { access, form, key } = this.options
    this.dialledKey = key() ?? this.newestKey
    this.dialledForm = form.index
    const urls = access.urls(this.dialledKey)
    return urls[form.index % urls.length] ?? ''
  }

  protected opened(): void {
    const { access, tools } = this.options
    const urls = access.urls(this.dialledKey)
    const frame = access.subscribeFrame?.(this.dialledKey, this.dialledForm % urls.length)
    this.isSubscribed = frame === undefined
    const key = this.options.key()
    if (key !== undefined && key !== this.dialledKey) {
      this.keyConfirmed(key)
      return
    }
    if (frame !== undefined) {
      this.connection.send(frame)
      this.timer = tools.clock.setTimer(SUBSCRIBED_WITHIN_MS, () => {
        this.distrust(new StaleError('the subscription of the listen key was not answered'))
      })
    }
    this.settle()
  }

  protected override lost(cause: string): void {
    this.disarm()
    super.lost(cause)
  }

  protected control(message: Exclude<UserMessage, { kind: 'updates' | 'goingAway' | 'ignored' }>): void {
    switch (message.kind) {
      case 'expired':
        this.options.expired(message.source)
        return
      case 'terminated':
        this.doubt(message.reason)
        this.connection.replace(new StaleError(message.reason), true)
        return
      case 'reply':
        this.disarm()
        this.isSubscribed = true
        this.settle()
        return
      case 'refused':
        this.distrust(new StaleError(`the venue refused the listen key: ${message.message} (code ${message.code})`))
    }
  }

  private settle(): void {
    if (this.connection.state.kind !== 'open' || !this.isSubscribed) return
    if (this.options.key() !== this.dialledKey || this.isConfirmed) return
    this.confirm()
    this.options.check()
  }

  private disarm(): void {
    this.timer?.[Symbol.dispose]()
    this.timer = undefined
  }
}
