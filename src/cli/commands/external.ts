import { appendFileSync } from 'node:fs'
import { createExternal } from '../../external/create-external.ts'
import type { ReceivedPoint } from '../../external/point.ts'
import { ConfigError, errorLine } from '../../model/error.ts'
import { padColumns } from '../columns.ts'
import { type CommonOptions, createContext } from '../context.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { readExternalConfig } from '../external-config.ts'
import { network } from '../network.ts'
import { oneLine } from '../one-line.ts'
import { Output } from '../output.ts'
import { secrets } from '../secrets.ts'
import { untilStopped } from '../stop.ts'

export interface ExternalCommandOptions extends CommonOptions {
  readonly config: string
  readonly to?: string
}

/** `tickwire external`: points of slow series as they become known. */
export async function external(options: ExternalCommandOptions): Promise<ExitCode> {
  const context = await createContext(options, true)
  const sources = readExternalConfig(options.config, {
    read: name => process.env[name],
    learn: secret => secrets.learn(secret),
  })
  const output = new Output(() => context.stop())
  const { to } = options
  if (to !== undefined) begin(to)
  let left = context.count
  let gaps = 0
  const { dial, http } = network()
  await using running = createExternal({
    sources,
    dial,
    http,
    log: (level, message) => context.log[level](message),
    ...(to === undefined ? {} : { record: (line: string) => appendFileSync(to, `${line}\n`) }),
    onPoint: point => {
      if (left <= 0) return
      left--
      if (context.isJson) output.json(point)
      else output.line(pointLine(point))
      if (left === 0) context.stop()
    },
    onGap: gap => {
      gaps++
      context.log.warn(`${gap.source}: something is missing for good: ${gap.reason}`)
    },
  })
  await untilStopped()
  await output.flush()
  const failed = running.status().filter(({ points, failures }) => points === 0 && failures > 0)
  if (failed.length > 0) return EXIT.failed
  return context.isStrict && gaps > 0 ? EXIT.gap : EXIT.ok
}

/** Whether it can be written is known before anything is asked for. @throws ConfigError */
function begin(path: string): void {
  try {
    appendFileSync(path, '')
  } catch (cause) {
    throw new ConfigError(`--to: "${path}" cannot be written: ${errorLine(cause)}.`, [], cause)
  }
}

/** Time of receipt, series, key, value and what it is. */
function pointLine(point: ReceivedPoint): string {
  const { series, key = '', value, unit, revision, isFinal } = point
  const time = new Date(point.receiveTimeUs / 1000).toISOString().slice(11, 23)
  const marks = [isFinal ? '' : 'may change', revision > 0 ? `revision ${revision}` : ''].filter(text => text !== '')
  const columns = [time, padColumns(oneLine(series), 26), padColumns(oneLine(key), 14), String(value).padStart(18)]
  return `${columns.join('  ')} ${oneLine(unit)}  ${marks.join(', ')}`.trimEnd()
}
