import { readFileSync } from 'node:fs'
import { z } from 'zod'
import type { ExternalSource } from '../external/source.ts'
import { ConfigError } from '../model/error.ts'
import { isSecretName, resolveSecrets } from '../model/named-secrets.ts'
import { type BitcoinOptions, bitcoinSource } from '../plugins/bitcoin/index.ts'
import { evmSource } from '../plugins/evm/index.ts'
import { readStructuredFile } from './structured-file.ts'

const text = z.string().min(1).max(2000)
const id = z.string().regex(/^[a-z][a-zA-Z0-9-]{0,40}$/, 'expected letters, digits and -')
const evm = z.strictObject({
  plugin: z.literal('evm'),
  id: id.default('evm'),
  url: text,
  tokens: z.array(z.strictObject({ symbol: text, address: text, decimals: z.int() })),
  labels: z.strictObject({ date: text, addresses: z.record(text, text) }),
  windows: z.array(text).min(1).max(10).default(['1h']),
  confirmations: z.int().default(64),
  blockTimeMs: z.int().default(12_000),
  mostBackfillBlocks: z.int().default(2000),
})
const bitcoin = z.strictObject({
  plugin: z.literal('bitcoin'),
  id: id.default('bitcoin'),
  explorer: text.optional(),
  node: z
    .strictObject({ url: text, cookieFile: text.optional(), user: text.optional(), password: text.optional() })
    .optional(),
  cadenceMs: z.int().default(10_000),
  confirmations: z.int().default(6),
})
const schema = z.strictObject({
  sources: z
    .array(z.discriminatedUnion('plugin', [evm, bitcoin]))
    .min(1)
    .max(64),
})

type Bitcoin = z.infer<typeof bitcoin>

export interface SecretTools {
  readonly read: (name: string) => string | undefined
  readonly learn: (secret: string) => void
}

/**
 * The sources of a file. Secrets stand there as `${TICKWIRE_…}`, anywhere in a URL, and as the whole of a password.
 * @throws ConfigError naming the file, the key and what was expected
 */
export function readExternalConfig(path: string, secrets: SecretTools): readonly ExternalSource[] {
  const parsed = schema.safeParse(readStructuredFile('--config', 'external sources', path))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new ConfigError(
      `--config: "${path}": at "${issue?.path.join('.') ?? ''}": ${issue?.message ?? 'wrong form'}.`,
    )
  }
  return parsed.data.sources.map((source, index) => {
    try {
      const fill = (value: string): string => resolveSecrets(`sources.${index}`, value, secrets.read, secrets.learn)
      if (source.plugin === 'evm') return evmSource({ ...source, url: fill(source.url) })
      return bitcoinSource(bitcoinOptions(source, fill))
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      throw new ConfigError(`--config: "${path}": ${error.message}`, [], error)
    }
  })
}

function bitcoinOptions({ id, explorer, node, ...rest }: Bitcoin, fill: (value: string) => string): BitcoinOptions {
  return {
    id,
    cadenceMs: rest.cadenceMs,
    confirmations: rest.confirmations,
    ...(explorer === undefined ? {} : { explorer: fill(explorer) }),
    ...(node === undefined ? {} : { node: { url: fill(node.url), auth: authOf(id, node, fill) } }),
  }
}

/** The cookie is read for each call: the node writes a new one whenever it starts. */
function authOf(id: string, node: NonNullable<Bitcoin['node']>, fill: (value: string) => string): () => string {
  const { cookieFile, user, password } = node
  if (cookieFile !== undefined && user === undefined && password === undefined)
    return () => readFileSync(cookieFile, 'utf8')
  if (cookieFile === undefined && user !== undefined && password !== undefined) {
    if (!isSecretName(password))
      throw new ConfigError(
        `${id}: node.password: expected the name of an environment variable such as "\${TICKWIRE_NODE}".`,
      )
    const told = `${user}:${fill(password)}`
    return () => told
  }
  throw new ConfigError(`${id}: node: expected either cookieFile, or user and password.`)
}
