import type { Mutant } from './mutant.ts'

/** Family E: local order books. */
export const BOOKS: readonly Mutant[] = [
  {
    name: 'E02-no-buffer',
    what: 'changes that arrive during the snapshot request are dropped',
    file: 'book/book-sync.ts',
    find: '    this.restart.clear()\n    this.buffer.push(delta)\n    if (this.held !== undefined) return this.joinHeld',
    replace: '    this.restart.clear()\n    if (this.held !== undefined) return this.joinHeld',
  },
  {
    name: 'E03-snapshot-ahead-is-refused',
    what: 'a snapshot newer than every change is an error',
    file: 'book/book-sync.ts',
    find: "    if (join.kind === 'ahead' && !join.isExact) {\n      this.held = snapshot\n      return NOTHING\n    }",
    replace: "    if (join.kind === 'ahead' && !join.isExact) return this.refuse()",
  },
  {
    name: 'E04-spot-continuity-unchecked',
    what: 'a lost change of a spot book goes unnoticed',
    file: 'venue/binance/book-rules.ts',
    find: "return delta.first <= last + 1 ? 'apply' : 'gap'",
    replace: "return delta.first <= last + 1e15 ? 'apply' : 'gap'",
  },
  {
    name: 'E04-futures-continuity-unchecked',
    what: 'a lost change of a futures book goes unnoticed',
    file: 'venue/binance/book-rules.ts',
    find: "return delta.last <= last ? 'stale' : 'gap'",
    replace: "return delta.last <= last ? 'stale' : 'apply'",
  },
  {
    name: 'E06-spot-rule-on-futures',
    what: 'futures ids are expected to follow one another',
    file: 'venue/binance/book-rules.ts',
    find: "if (delta.previous === last && delta.last >= last) return 'apply'",
    replace: "if (delta.first === last + 1) return 'apply'",
  },
  {
    name: 'E07-gap-is-not-told',
    what: 'a book that lost a change says nothing',
    file: 'feed/book-runner.ts',
    find: '        this.options.stream.declareGap(',
    replace: '        void (',
  },
  {
    name: 'E08-lost-book-keeps-its-levels',
    what: 'a book without a connection can be read on',
    file: 'book/guarded-book.ts',
    find: "return this.condition === 'synced' ? this.book.levels(count) : undefined",
    replace: 'return this.book.levels(count)',
  },
  {
    name: 'E09-old-snapshot-is-taken',
    what: 'a snapshot older than the buffer is joined to it',
    file: 'book/book-sync.ts',
    find: "    if (join.kind === 'tooOld') return this.refuse()\n    if (join.kind === 'ahead' && !join.isExact) {",
    replace:
      "    if (join.kind === 'tooOld') return this.take(snapshot, 0, receiveTimeUs)\n    if (join.kind === 'ahead' && !join.isExact) {",
  },
  {
    name: 'E15-no-horizon',
    what: 'levels beyond the snapshot count as known',
    file: 'book/book-side.ts',
    find: '    if (!isComplete && this.far.size > 0) this.horizon = last\n',
    replace: '',
  },
  {
    name: 'E16-zero-does-not-delete',
    what: 'a level with quantity 0 stays',
    file: 'book/level-window.ts',
    find: '    if (quantity === 0) {\n      if (this.quantities[slot] === 0) return\n',
    replace: '    if (quantity === 0) {\n      if (slot >= 0) return\n',
  },
  {
    name: 'E-resync-is-not-told',
    what: 'a book is back without a resync',
    file: 'feed/book-runner.ts',
    find: '    if (!this.hasGap) return\n',
    replace: '    if (!this.hasGap || sequence > 0) return\n',
  },
  {
    name: 'E-disconnect-keeps-the-book',
    what: 'changes after a reconnect are applied to the old book',
    file: 'book/book-sync.ts',
    find: "    const wasSynced = this.state === 'synced'\n    if (wasSynced) this.counts.gaps++\n    this.reset('gapped')\n    return wasSynced ?",
    replace:
      "    const wasSynced = this.state === 'synced'\n    if (wasSynced) return NOTHING\n    this.reset('gapped')\n    return wasSynced ?",
  },
]
