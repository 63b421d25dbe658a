import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Certificate {
  readonly key: string
  readonly cert: string
}

/** True when tests that need openssl must be skipped. @throws Error under CI, where it must be there */
export function isOpensslMissing(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' })
    return false
  } catch {
    if (process.env['CI'] === 'true') throw new Error('openssl is needed under CI=true: apt-get install openssl')
    return true
  }
}

const CONFIG = `
[ca]
default_ca = own
[own]
database = index.txt
new_certs_dir = .
serial = serial
default_md = sha256
policy = any
unique_subject = no
copy_extensions = copy
[any]
commonName = supplied
`

/** A certificate that vouches for itself, for one host name and one span of time (`YYYYMMDDHHMMSSZ`). */
export function selfSigned(host: string, from: string, to: string): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'tickwire-tls-'))
  try {
    writeFileSync(join(folder, 'ca.cnf'), CONFIG)
    writeFileSync(join(folder, 'index.txt'), '')
    writeFileSync(join(folder, 'serial'), '01')
    const openssl = (args: readonly string[]): void => {
      execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' })
    }
    const names = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`]
    openssl(['req', '-new', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'key.pem', '-out', 'request.pem', ...names])
    const span = ['-startdate', from, '-enddate', to]
    openssl([
      'ca',
      '-batch',
      '-selfsign',
      '-config',
      'ca.cnf',
      '-keyfile',
      'key.pem',
      '-in',
      'request.pem',
      '-out',
      'cert.pem',
      '-notext',
      ...span,
    ])
    return { key: readFileSync(join(folder, 'key.pem'), 'utf8'), cert: readFileSync(join(folder, 'cert.pem'), 'utf8') }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
