import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { captureTap } from '../../src/cli/capture-tap.ts'
import { CaptureWriter } from '../../src/cli/capture-writer.ts'
import { createFeed } from '../../src/feed/create-feed.ts'
import type { Feed } from '../../src/feed/feed.ts'
import type { FeedOptions } from '../../src/feed/feed-options.ts'
import { systemClock } from '../../src/net/clock.ts'
import { fetchHttp } from '../../src/net/http.ts'
import { socketDial } from '../../src/net/socket-dial.ts'
import type { VenueAdapter } from '../../src/venue/adapter.ts'

/** A folder of its own, gone at the end. */
export class Folder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'tickwire-replay-'))

  file(name: string): string {
    return join(this.path, name)
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true })
  }
}

/** A live feed whose traffic is written down, as `tickwire capture` does. */
export async function recordedFeed(
  venues: readonly VenueAdapter[],
  path: string,
  options: Partial<FeedOptions> = {},
): Promise<{ readonly feed: Feed; readonly finish: () => Promise<void> }> {
  const failures: Error[] = []
  const writer = new CaptureWriter({
    path,
    rotateMs: undefined,
    clock: systemClock,
    onFile: () => undefined,
    onWarning: () => undefined,
    onFailure: error => failures.push(error),
  })
  await writer.opened
  const feed = createFeed({
    ...options,
    venues,
    ...captureTap(venues, { dial: socketDial, http: fetchHttp }, line => writer.write(line)),
  })
  const finish = async (): Promise<void> => {
    await feed[Symbol.asyncDispose]()
    await writer[Symbol.asyncDispose]()
    if (failures[0] !== undefined) throw failures[0]
  }
  return { feed, finish }
}
