import { stat } from 'node:fs/promises'
import { KeyError } from '@countersign/core'
import { type EncryptedKeyInspection, inspectEncryptedKey } from '@countersign/core/node'
import type { ConfigureCommand } from '../command.ts'
import { exitCodes } from '../exit-code.ts'
import { readInput } from '../files.ts'
import type { Io } from '../io.ts'
import { passphraseOf } from '../keys/passphrase.ts'
import { createOutput, type GlobalOptions } from '../output.ts'
import { shellQuote } from '../shell-quote.ts'

interface InspectOptions extends GlobalOptions {
  with?: string
  keyId?: string
}

/** `countersign keys inspect <file>` */
export const configureKeysInspect: ConfigureCommand = (command, { io, end }) => {
  command
    .argument('<file>', 'a key in any form; - reads stdin')
    .option('--with <file>', 'check whether both belong to one key pair')
    .option('--key-id <id>', 'selects the key of a JWK Set')
  command.action(async (file: string) => {
    const options = command.optsWithGlobals<InspectOptions>()
    const output = createOutput(io, options)
    const inspection = await inspect(file, io, options.keyId)
    const together = options.with === undefined ? undefined : await belongs(inspection, options.with, io)
    const mode = inspection.type === 'private' ? await modeOf(file) : undefined
    const facts = {
      ...inspection,
      ...(mode === undefined ? {} : { fileMode: mode.toString(8).padStart(4, '0') }),
      ...(together === undefined ? {} : { belongsTogether: together }),
    }
    if (output.json) output.value(facts)
    else output.result(toText(facts))
    if ('bits' in inspection && inspection.bits < 2048)
      output.talk(
        'KEY_TOO_SHORT: fewer than 2048 bits are accepted nowhere. Make a new key: countersign keys generate',
      )
    if (mode !== undefined && (mode & 0o077) !== 0)
      output.talk(`Other users can read this private key. Run: chmod 600 ${shellQuote(file)}`)
    if (together !== false) return
    output.error('RULE_VIOLATED', 'The two keys do not belong together.')
    end(exitCodes.verification)
  })
}

async function inspect(file: string, io: Io, keyId?: string): Promise<EncryptedKeyInspection> {
  return inspectEncryptedKey(await readInput(file, io, { key: true }), {
    passphrase: await passphraseOf(io),
    keyId,
  })
}

async function belongs(one: EncryptedKeyInspection, file: string, io: Io): Promise<boolean> {
  const other = await inspect(file, io)
  if ('thumbprint' in one && 'thumbprint' in other) return one.thumbprint === other.thumbprint
  throw new KeyError('KEY_ENCRYPTED', 'An encrypted key cannot be compared.')
}

/** Permissions of a file; of stdin and where there are none, nothing. */
async function modeOf(file: string): Promise<number | undefined> {
  if (file === '-' || process.platform === 'win32') return undefined
  const found = await stat(file)
  return found.isFile() ? found.mode & 0o777 : undefined
}

const labels: Readonly<Record<string, string>> = {
  bits: 'bits',
  form: 'form',
  container: 'container',
  type: 'type',
  encrypted: 'encrypted',
  thumbprint: 'thumbprint (RFC 7638)',
  spkiSha256: 'SHA-256 of the SPKI',
  fileMode: 'file mode',
  belongsTogether: 'belong together',
}

function toText(facts: Readonly<Record<string, unknown>>): string {
  const word = (value: unknown) => (typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value))
  const given = Object.entries(labels).filter(([name]) => facts[name] !== undefined)
  return given.map(([name, label]) => `${label.padEnd(23)}${word(facts[name])}`).join('\n')
}
