import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { type Io, readStdin } from '../io.ts'
import { UsageError } from '../usage-error.ts'

/** The header in which callers show the secret. */
export const secretHeader = 'X-Countersign-Secret'

/** The variable that holds it. */
const secretVariable = 'COUNTERSIGN_PROXY_SECRET'

/** What callers must show. */
export interface SharedSecret {
  value: string
  /** Whether it was made up for this run, so that nobody knows it yet. */
  made: boolean
}

/**
 * The secret out of a file (`-` is stdin) or the variable; made up when neither is given and one is needed.
 *
 * @throws {UsageError} for a file that cannot be read, or a text that no header carries or that is short.
 */
export async function readSharedSecret(
  file: string | undefined,
  needed: boolean,
  io: Io,
): Promise<SharedSecret | undefined> {
  const variable = io.env[secretVariable]
  if (file !== undefined)
    return { value: check(await readSecretFile(file, io), '--secret-file'), made: false }
  if (variable !== undefined && variable !== '')
    return { value: check(variable, secretVariable), made: false }
  return needed ? { value: randomBytes(32).toString('base64url'), made: true } : undefined
}

/** Compares in a time that tells nothing of where the two differ. */
export function isSecret(shown: string | undefined, { value }: SharedSecret): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(shown ?? ''), digest(value))
}

async function readSecretFile(file: string, io: Io): Promise<string> {
  if (file === '-') return Buffer.from(await readStdin(io)).toString()
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const { code = 'unknown' } = error as { code?: string }
    throw new UsageError(`the file of --secret-file cannot be read (${code}).`)
  }
}

function check(text: string, origin: string): string {
  const secret = text.trim()
  if (/^[\x21-\x7e]{16,1024}$/.test(secret)) return secret
  throw new UsageError(
    `the secret of ${origin} must be 16 to 1024 visible ASCII characters, without spaces. ` +
      'Make one with: openssl rand -base64 32',
  )
}
