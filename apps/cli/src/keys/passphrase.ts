import type { KeyObject } from 'node:crypto'
import { KeyError } from '@countersign/core'
import { openKey } from '@countersign/core/node'
import { type Command, Option } from 'commander'
import { readInput } from '../files.ts'
import { type Io, readStdin } from '../io.ts'
import { UsageError } from '../usage-error.ts'
import { readTextVariable } from '../variables.ts'

const variable = 'COUNTERSIGN_PASSPHRASE'

/** What opens an encrypted key, where it is set. */
export function passphraseOf(io: Io): Promise<string | undefined> {
  return readTextVariable(variable, io)
}

/** What opens a key: the variable, else asked of a person, where the key is encrypted. */
export async function askPassphrase(key: string | Uint8Array, io: Io): Promise<string | undefined> {
  return (await passphraseOf(io)) ?? (await askWhenEncrypted(key, 'Passphrase of the key: ', io))
}

/** Asks a person for the passphrase of an encrypted key; of any other key nothing is asked. */
export async function askWhenEncrypted(
  key: string | Uint8Array,
  prompt: string,
  { askSecret }: Pick<Io, 'askSecret'>,
): Promise<string | undefined> {
  if (askSecret === undefined || !(await isEncrypted(key))) return undefined
  const answer = await askSecret(prompt)
  return answer === '' ? undefined : answer
}

/** Every other fault is left to what uses the key. */
export async function isEncrypted(key: string | Uint8Array): Promise<boolean> {
  const { inspectKey } = await import('@countersign/core')
  return inspectKey(key).then(
    () => false,
    (error: { code?: unknown }) => error.code === 'KEY_ENCRYPTED',
  )
}

const leastCharacters = 8

/** What a new key is encrypted with: the variable, else asked of a person, else the first line of stdin. */
export async function choosePassphrase(io: Io): Promise<string> {
  const passphrase =
    (await passphraseOf(io)) ?? (await (io.askSecret === undefined ? readLine(io) : askTwice(io.askSecret)))
  if (passphrase === '')
    throw new UsageError(
      '--encrypt needs a passphrase.',
      `Give it on stdin, in ${variable}, or in a file that ${variable}_FILE names.`,
    )
  // An attacker who has the file can try passphrases as fast as the key derivation allows.
  if (Array.from(passphrase).length < leastCharacters)
    throw new UsageError(
      `The passphrase is too short: it must have at least ${leastCharacters} characters.`,
      'Several random words make a good one.',
    )
  return passphrase
}

async function readLine(io: Io): Promise<string> {
  const [line = ''] = new TextDecoder().decode(await readStdin(io)).split(/\r?\n/)
  return line
}

async function askTwice(ask: (prompt: string) => Promise<string>): Promise<string> {
  const first = await ask('New passphrase: ')
  if ((await ask('The same again: ')) !== first) throw new UsageError('The two passphrases differ.')
  return first
}

/** Takes `--passphrase`, without its value, to explain why it does not exist. */
export function refusePassphraseFlag(command: Command): void {
  const refuse = () => {
    throw new UsageError(
      '--passphrase is not an option, because others can see command arguments.',
      `Set the variable ${variable}, or ${variable}_FILE to the path of a file.`,
    )
  }
  command.addOption(new Option('--passphrase [secret]').hideHelp().argParser(refuse).preset(''))
}

/** The key in a file or on stdin, opened with the passphrase of the environment, or asked for, where it is encrypted. */
export async function openKeySource(path: string, io: Io, keyId?: string): Promise<KeyObject> {
  const key = await readInput(path, io, { key: true })
  return openKey(key, { passphrase: await askPassphrase(key, io), keyId })
}

/** @throws {KeyError} `KEY_NOT_PRIVATE` for a public key. */
export function checkPrivate(key: KeyObject): void {
  if (key.type === 'private') return
  throw new KeyError('KEY_NOT_PRIVATE', 'The key is a public key, and a private key is needed.', {
    hint: 'Pass the private key: the file that begins with BEGIN PRIVATE KEY.',
  })
}
