import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { SigningAlgorithm } from '../src/index.ts'

const execute = promisify(execFile)

export const keySizes = [2048, 3072, 4096] as const
export type KeySize = (typeof keySizes)[number]

/** A form that openssl writes a key in: of which of the two keys, and by which of its commands. */
interface KeyForm {
  of: 'genrsa' | 'genpkey'
  command?: readonly string[]
  encrypted?: boolean
}

const toPkcs8 = ['pkcs8', '-topk8'] as const
const cipher = ['-v2', 'aes-256-cbc', '-v2prf', 'hmacWithSHA256'] as const
const der = ['-outform', 'DER'] as const

const containers: Readonly<Record<string, KeyForm>> = {
  'PKCS#1 PEM': { of: 'genrsa' },
  'PKCS#8 PEM': { of: 'genpkey' },
  'PKCS#1 DER': { of: 'genrsa', command: ['rsa', '-traditional', ...der] },
  'PKCS#8 DER': { of: 'genpkey', command: [...toPkcs8, '-nocrypt', ...der] },
  'PKCS#8 PEM with PBKDF2 and AES-256': { of: 'genpkey', command: [...toPkcs8, ...cipher], encrypted: true },
  'PKCS#8 DER with PBKDF2 and AES-256': {
    of: 'genpkey',
    command: [...toPkcs8, ...cipher, ...der],
    encrypted: true,
  },
  'PKCS#8 PEM with scrypt and AES-256': {
    of: 'genrsa',
    command: [...toPkcs8, '-scrypt', '-v2', 'aes-256-cbc'],
    encrypted: true,
  },
  'PKCS#8 DER with scrypt and AES-256': {
    of: 'genrsa',
    command: [...toPkcs8, '-scrypt', '-v2', 'aes-256-cbc', ...der],
    encrypted: true,
  },
  'PKCS#1 PEM with Proc-Type and 3DES': {
    of: 'genrsa',
    command: ['rsa', '-traditional', '-des3'],
    encrypted: true,
  },
  'PKCS#1 PEM with Proc-Type and AES-256': {
    of: 'genpkey',
    command: ['rsa', '-traditional', '-aes256'],
    encrypted: true,
  },
}

/** Every form, by name: as openssl writes it, and the Base64 of that. */
export const keyFormNames: readonly string[] = Object.keys(containers).flatMap((name) => [
  name,
  `Base64 of ${name}`,
])

/** A key as openssl wrote it. */
export interface OpensslKey {
  bytes: Uint8Array
  encrypted: boolean
  /** What openssl itself signs with the same key. */
  sign(algorithm: SigningAlgorithm, data: Uint8Array): Promise<Uint8Array>
}

/** openssl in a folder of its own. */
export interface Openssl {
  readonly passphrase: string
  path(name: string): string
  read(name: string): Uint8Array
  /** Runs openssl; the passphrase is in the variable `PASSPHRASE`. */
  run(...parameters: string[]): Promise<string>
  /** A key of that size in one of {@link keyFormNames}. The key is generated once. */
  key(bits: KeySize, form: string): Promise<OpensslKey>
  [Symbol.dispose](): void
}

/** Opens a folder in which openssl makes keys that are thrown away with it. */
export function openOpenssl(): Openssl {
  const folder = mkdtempSync(join(tmpdir(), 'openssl-'))
  const passphrase = randomBytes(9).toString('base64')
  const made = new Map<string, Promise<unknown>>()
  const path = (name: string) => join(folder, name)
  const once = (name: string, make: () => Promise<unknown>) => {
    if (!made.has(name)) made.set(name, make())
    return made.get(name)
  }
  const run = async (...parameters: string[]) => {
    const env = { ...process.env, PASSPHRASE: passphrase }
    return (await execute('openssl', parameters, { cwd: folder, env })).stdout
  }
  const generate = {
    genrsa: (out: string, bits: number) => run('genrsa', '-traditional', '-out', out, `${bits}`),
    genpkey: (out: string, bits: number) =>
      run('genpkey', '-algorithm', 'RSA', '-pkeyopt', `rsa_keygen_bits:${bits}`, '-out', out),
  }
  return {
    passphrase,
    path,
    run,
    read: (name) => readFileSync(path(name)),
    async key(bits, form) {
      const name = form.replace('Base64 of ', '')
      const { of, command, encrypted = false } = containers[name] as KeyForm
      const plain = `${of}-${bits}.pem`
      await once(plain, () => generate[of](plain, bits))
      const file = command === undefined ? plain : `${name.replaceAll(/\W+/g, '-')}-${bits}`
      const opener = encrypted ? ['-passout', 'env:PASSPHRASE'] : []
      if (command !== undefined)
        await once(file, () => run(...command, '-in', plain, '-out', file, ...opener))
      const written = readFileSync(path(file))
      return {
        bytes: form === name ? written : Buffer.from(written.toString('base64')),
        encrypted,
        async sign(algorithm, data) {
          const [input, output] = [1, 2].map(() => randomBytes(6).toString('hex')) as [string, string]
          writeFileSync(path(input), data)
          const hash = algorithm === 'RS256' ? '-sha256' : '-sha512'
          await run('dgst', hash, '-sign', plain, '-out', output, input)
          return readFileSync(path(output))
        },
      }
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}
