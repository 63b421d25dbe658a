import type { Mutant } from './mutant.ts'

/** What signals make of the stream: gaps, silence, lateness, books that cannot be read (I6, I7). */
export const SIGNALS: readonly Mutant[] = [
  {
    name: 'S-gap-not-told-to-signals',
    what: 'signals are not told that something is missing',
    file: 'signal/signal-input.ts',
    find: "    case 'gap':\n    case 'resync':\n      return event\n",
    replace: "      return event\n    case 'gap':\n    case 'resync':\n      return undefined\n",
  },
  {
    name: 'S-ok-kept-after-a-gap',
    what: 'the last value stays ok when something behind it is missing',
    file: 'signal/measure.ts',
    find: "    this.mark('gapped', input.receiveTimeUs, outlet)\n",
    replace: '',
  },
  {
    name: 'S-gap-forgotten-at-once',
    what: 'a gap counts no more as soon as the stream goes on',
    file: 'signal/measure.ts',
    find: "if (this.setup.gapPolicy === 'reset') this.gaps.forgetChannel(channel)",
    replace: 'if (timeUs > 0) this.gaps.forgetChannel(channel)',
  },
  {
    name: 'S-part-of-a-window-is-the-whole',
    what: 'a rate that began anew is ok before a whole window has passed',
    file: 'signal/measure.ts',
    find: 'return this.since === undefined || this.since > fromUs || ',
    replace: 'return this.since === undefined || ',
  },
  {
    name: 'S-never-stale',
    what: 'the last value stays ok however long nothing comes',
    file: 'signal/measure.ts',
    find: "    if (this.isStaleAt(nowUs)) this.mark('stale', nowUs, outlet)\n",
    replace: '',
  },
  {
    name: 'S-silence-until-the-clock-is-back',
    what: 'after the clock was set back no second is told until it is where it was',
    file: 'signal/engine.ts',
    find: '    if (now < this.lastSecond - mostBack) this.lastSecond = now - 1\n',
    replace: '    void mostBack\n',
  },
  {
    name: 'S-healed-trade-dropped-from-its-slice',
    what: 'a trade that comes after its slice was told changes nothing that is said',
    file: 'signal/flow/volume-buckets.ts',
    find: '    if (!this.series.isOpen(slice)) this.say(slice, true)\n',
    replace: '    if (!this.series.isOpen(slice)) return\n',
  },
  {
    name: 'S-healed-trades-are-late',
    what: 'trades that were fetched over REST are taken for too late',
    file: 'signal/measure.ts',
    find: "    if (input.recovered && this.setup.gapPolicy === 'repair') {",
    replace:
      "    if (input.recovered && this.setup.gapPolicy === 'repair') return 'late'\n    if (input.special === 'never') {",
  },
  {
    name: 'S-slice-over-by-our-clock',
    what: 'a slice of exchange time is over when our own clock says so',
    file: 'signal/measure.ts',
    find: 'return this.newestUs + Math.max(0, receiveTimeUs - this.newestReceiveUs) - this.latenessUs',
    replace: 'return receiveTimeUs - this.latenessUs',
  },
  {
    name: 'S-candle-closed-early',
    what: 'silence ends a candle before it is over',
    file: 'signal/measure.ts',
    find: 'return this.newestUs + Math.max(0, receiveTimeUs - this.newestReceiveUs) - this.latenessUs',
    replace: 'return this.newestUs + Math.max(0, receiveTimeUs - this.newestReceiveUs) + this.latenessUs',
  },
  {
    name: 'S-silence-proves-all',
    what: 'a slice is told to be over while the feed holds its trades back',
    file: 'feed/stream-doubts.ts',
    find: '      if (instrument === undefined || isTrusted(state)) continue\n',
    replace: '      if (instrument === undefined || isTrusted(state) || state.length > 0) continue\n',
  },
  {
    name: 'S-standstill-unnoticed',
    what: 'a machine that stood still takes it for a silence of the market',
    file: 'feed/stream-doubts.ts',
    find: '    if (this.hasStoodStill()) for',
    replace: '    if (this.hasStoodStill() && this.streams.size === 0) for',
  },
  {
    name: 'S-late-trade-in-an-empty-slot',
    what: 'a candle that was told to be empty stays so until the next one ends',
    file: 'signal/candles/candle-feed.ts',
    find: '      this.correct()\n',
    replace: '',
  },
  {
    name: 'S-sum-forgets-to-forget',
    what: 'a rolling sum keeps the trade that leaves its window',
    file: 'signal/time-window.ts',
    find: '    for (let column = 0; column < this.columns; column++) this.add(column, -(this.rows[from + column] ?? 0))\n',
    replace:
      '    for (let column = 1; column < this.columns; column++) this.add(column, -(this.rows[from + column] ?? 0))\n',
  },
  {
    name: 'S-history-is-open',
    what: 'the candle that is still open is taken for a closed one of history',
    file: 'feed/candle-history.ts',
    find: 'rows.filter(row => row.closed && ',
    replace: 'rows.map(row => ({ ...row, closed: true })).filter(row => ',
  },
  {
    name: 'S-band-without-its-edge',
    what: 'the imbalance leaves out the outermost ask of its band',
    file: 'signal/book/imbalance.ts',
    find: "book.depthTo('buy', edges.ask)",
    replace: "book.depthTo('buy', edges.ask - 0.1)",
  },
]
