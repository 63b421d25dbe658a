import type { Mutant } from '../mutants/mutant.ts'

/** Defects planted into the private side: the simulation must notice each. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: 'F01-key-never-extended',
    what: 'the listen key is left to its end',
    file: 'account/key-life.ts',
    find: "    this.state = { ...state, isExtending: true }\n    return [{ do: 'extend', key: state.key }]",
    replace: '    this.state = { ...state, isExtending: true }\n    return []',
  },
  {
    name: 'F02-expiry-ignored',
    what: 'the event of expiry is not handled',
    file: 'account/listen-key-socket.ts',
    find: '        this.options.expired(message.source)\n',
    replace: '',
  },
  {
    name: 'F02-old-socket-after-expiry',
    what: 'there is a new key, and the socket of the old one is kept',
    file: 'account/listen-key-socket.ts',
    find: "      this.connection.replace(new StaleError('there is a new listen key'), true)\n",
    replace: '      this.confirm()\n',
  },
  {
    name: 'F04-key-deleted-at-the-end',
    what: 'a program that ends deletes the key that others live by',
    file: 'account/key-keeper.ts',
    find: "    this.feed({ kind: 'closed' })\n",
    replace:
      "    this.feed({ kind: 'closed' })\n    void this.options.rest.call(this.options.access.remove, { key: this.life.key ?? '' }, new AbortController().signal).catch(() => undefined)\n",
  },
  {
    name: 'F06-refusal-retried',
    what: 'a refused key is tried again and again',
    file: 'account/live-account.ts',
    find: "    this.controller.abort()\n    this.runner?.close()\n    this.setPhase('refused', error.message)",
    replace:
      "    this.refusal = undefined\n    void this.begin().catch((again: unknown) => again instanceof AuthError && this.refused(again))\n    this.setPhase('refused', error.message)",
  },
  {
    name: 'F08-silent-form-kept',
    what: 'a URL that opens and stays silent is dialled for ever',
    file: 'account/listen-key-socket.ts',
    find: 'form.index = this.dialledForm + 1',
    replace: 'form.index = this.dialledForm',
  },
  {
    name: 'F09-session-not-subscribed-again',
    what: 'after a loss the session is opened and nothing subscribed',
    file: 'account/session-socket.ts',
    find: '    this.isSubscribing = false\n    this.subscribe()\n',
    replace: '    this.isSubscribing = false\n    if (this.nextId === 1) this.subscribe()\n',
  },
  {
    name: 'F10-nothing-compared',
    what: 'after a connection nothing is compared',
    file: 'account/account-runner.ts',
    find: "    this.compareInBackground('the user stream was connected', true)\n",
    replace: "    this.release()\n    this.handlers.phase('synced')\n",
  },
  {
    name: 'F10-only-open-orders',
    what: 'fills made meanwhile are not asked for',
    file: 'account/candidates.ts',
    find: '  if (table === undefined) return [...found]\n',
    replace: '  return []\n',
  },
  {
    name: 'F10-vanished-orders-forgotten',
    what: 'an order that is no longer listed is not asked for',
    file: 'account/rest-view.ts',
    find: '  return await inGroups(missing, async ({ event }) =>',
    replace: '  return await inGroups(missing.slice(missing.length), async ({ event }) =>',
  },
  {
    name: 'F11-fills-not-told-apart',
    what: 'what stream and REST both bring is counted twice',
    file: 'account/fill-ledger.ts',
    find: '    if (this.has(fill.instrument, fill.orderId, fill.tradeId)) return false\n',
    replace: '',
  },
  {
    name: 'F11-nothing-noted',
    what: 'delivered fills are saved later, and not before they are told',
    file: 'account/memory-keeper.ts',
    find: "    if (event.kind !== 'fill') return\n",
    replace:
      "    if (event.account !== this.account || this.account.length > 0) return\n    if (event.kind !== 'fill') return\n",
  },
  {
    name: 'F11-memory-not-read',
    what: 'a restart begins anew',
    file: 'account/memory-keeper.ts',
    find: '      return this.memory?.load(this.account)\n',
    replace: '      return this.timer === undefined ? undefined : this.memory?.load(this.account)\n',
  },
  {
    name: 'F12-REST-steps-back',
    what: 'an older answer of REST replaces what the stream told',
    file: 'account/holdings.ts',
    find: '    if (timeUs < known.timeUs) return false\n',
    replace: '',
  },
  {
    name: 'F12-ended-orders-open-again',
    what: 'an order that REST still lists is opened again',
    file: 'account/order-ledger.ts',
    find: '  if (knownRank === RANK_OF_ENDED && nextRank < RANK_OF_ENDED) return false\n',
    replace:
      "  if (knownRank === RANK_OF_ENDED && nextRank < RANK_OF_ENDED) return next.event.origin === 'reconcile'\n",
  },
  {
    name: 'F13-last-message-wins',
    what: 'messages count in the order in which they arrive',
    file: 'account/order-ledger.ts',
    find: '    if (known !== undefined && !isNewer({ event, timeUs, executionId }, known)) return false\n',
    replace: '',
  },
  {
    name: 'F15-never-compared-again',
    what: 'only a reconnection compares',
    file: 'account/vigil.ts',
    find: '    else if (!this.tasks.isBusy()) this.compareIfDue(nowMs)\n',
    replace: '',
  },
  {
    name: 'F19-termination-ignored',
    what: 'a subscription that ended on an open socket is not noticed',
    file: 'account/session-socket.ts',
    find: "      case 'expired':\n      case 'terminated':\n        this.ended(message.source, message.reason)\n",
    replace: "      case 'expired':\n      case 'terminated':\n        return\n",
  },
  {
    name: 'G01-time-not-measured-again',
    what: 'a refused time is an error like any other',
    file: 'net/server-clock.ts',
    find: '      if (!isTimeRefused(error)) throw error\n      await this.measure()\n',
    replace: '      if (!isTimeRefused(error)) throw error\n',
  },
  {
    name: 'I12-timer-left',
    what: 'the key of a disposed account goes on being extended',
    file: 'account/open-user-stream.ts',
    find: '    this.keeper.close()\n',
    replace: '',
  },
]
