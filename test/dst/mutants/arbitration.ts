import type { Mutant } from './mutant.ts'

/** Two sockets of one stream: who owns it, what waits, what is a repeat. */
export const ARBITRATION: readonly Mutant[] = [
  {
    name: 'B16-takes-over-without-a-word',
    what: 'a leg without a connection to what was goes on as if nothing were missing',
    file: 'feed/owned-track.ts',
    find: "if (beginning !== 'joined' && (beginning !== 'quiet' || isLate)) this.reason ??= 'disconnect'",
    replace: 'void isLate\n    void beginning',
  },
  {
    name: 'B16-repeats-of-a-new-owner',
    what: 'what a new owner repeats is delivered again',
    file: 'feed/owned-track.ts',
    find: '    this.repeatsLeft = MOST_REPEATS\n',
    replace: '    this.lastSequence = -1\n',
  },
  {
    name: 'B15-old-socket-is-not-heard-out',
    what: 'the old socket of a planned replacement is closed before all that it sent has come',
    file: 'feed/pool.ts',
    find: 'old.pongs >= settled.pongs && old.listsAnswered >= settled.lists',
    replace: 'settled.lists > 0',
  },
  {
    name: 'B-loss-of-the-last-leg-is-silent',
    what: 'the stream is not told that its only socket is gone',
    file: 'feed/live-stream.ts',
    find: ' && !other.isStale)) this.legEnded(leg)\n    else this.interrupt(reason)',
    replace: ' && !other.isStale)) this.legEnded(leg)\n    else this.track.legEnded(leg)',
  },
  {
    name: 'A04-stale-stream-is-not-interrupted',
    what: 'a stream that fell silent goes on without a word when it speaks again',
    file: 'feed/live-stream.ts',
    find: "    if (this.book !== undefined) this.book.disconnected('stale')\n    else if (this.continuity.kind !== 'dense') this.track.interrupted('stale')\n",
    replace: '',
  },
  {
    name: 'D05-one-old-id-is-a-restart',
    what: 'a single late copy is taken for a venue that counts anew',
    file: 'feed/dense-track.ts',
    find: 'const MOST_BACKWARD = 8\n',
    replace: 'const MOST_BACKWARD = 1\n',
  },
  {
    name: 'D02-rows-of-rest-that-were-delivered',
    what: 'rows of an answer that came too late are delivered',
    file: 'feed/dense-track.ts',
    find: 'id > until || id <= this.last || this.held?.has(id) === true) return',
    replace: 'id > until || this.held?.has(id) === true) return\n    if (id <= this.last) this.out.publish(row)',
  },
  {
    name: 'D01-deadline-of-a-hole-is-a-day',
    what: 'a hole holds its stream back for a day',
    file: 'feed/dense-track.ts',
    find: 'setTimer(canFetch ? rules.deadlineMs : OTHER_LEG_MS, () => this.giveUp())',
    replace: 'setTimer(86_400_000, () => this.giveUp())',
  },
  {
    name: 'D06-closed-candle-twice',
    what: 'what was closed is delivered again',
    file: 'feed/kline-track.ts',
    find: 'if (event.openTimeUs < this.openUs || (event.openTimeUs === this.openUs && this.isClosed)) {',
    replace: 'if (event.openTimeUs < this.openUs) {',
  },
  {
    name: 'D06-candle-fetched-is-not-marked',
    what: 'a candle of REST passes for one of the stream',
    file: 'feed/kline-track.ts',
    find: 'run.push({ ...row, closed: true, recovered: true })',
    replace: 'run.push({ ...row, closed: true, recovered: undefined })',
  },
]
