import { stat } from 'node:fs/promises'
import { basename, dirname, extname, join, resolve } from 'node:path'
import type { Provider } from '@countersign/core'
import { inspectEncryptedKey } from '@countersign/core/node'
import { exitCodes } from '../exit-code.ts'
import { toFlag, toVariable } from '../field-names.ts'
import { readKeyBytes } from '../files.ts'
import { type Io, readStdin } from '../io.ts'
import { signBy } from '../open-provider.ts'
import { chooseProfile, type PlacedProfile } from '../profiles/find-profile.ts'
import { type Flags, resolvePath } from '../provider-options.ts'
import { shownPath } from '../shell-quote.ts'
import type { SignerSetting } from '../signer/open-signer.ts'
import { readVariable, toText, type Variable } from '../variables.ts'
import { fail, failOf, type Judgement, ok, warn } from './finding.ts'

/** A key as it is configured, unopened. */
export interface KeySource {
  /** Name of the option. */
  name: string
  kind: 'private-key' | 'public-key'
  content: string | Uint8Array
  /** The file that it comes from. */
  path: string | undefined
  passphrase: string | undefined
}

/** The keys that a provider is given. Files that cannot be read are left to the configuration's finding. */
export async function findKeys(provider: Provider, flags: Flags, io: Io): Promise<KeySource[]> {
  const { id, fields } = provider
  const profile = await profileOf(provider, flags, io)
  const keys: KeySource[] = []
  for (const [name, { kind }] of Object.entries(fields)) {
    if (kind !== 'private-key' && kind !== 'public-key') continue
    const variable = flags[name] === undefined ? await variableOf(toVariable(id, name), io) : undefined
    const path = variable === undefined ? fileOf(name, flags, profile, io) : variable.path
    const content = variable?.content ?? (await contentOf(path, io))
    if (content === undefined || content.length === 0) continue
    const passphrase = await variableOf(toVariable(id, 'passphrase'), io)
    keys.push({
      name,
      kind,
      content,
      path: path === '-' ? undefined : path,
      passphrase: passphrase === undefined ? undefined : toText(passphrase),
    })
  }
  return keys
}

/** The file of credentials that the provider handed out, where one is configured. */
export async function findCredentialsFile(
  provider: Provider,
  flags: Flags,
  io: Io,
): Promise<string | undefined> {
  const variable = await variableOf(toVariable(provider.id, 'credentials'), io)
  const path =
    flags['credentials'] === undefined && variable !== undefined
      ? variable.path
      : fileOf('credentials', flags, await profileOf(provider, flags, io), io)
  return path === '-' ? undefined : path
}

/** What cannot be read is left to the finding about the configuration. */
function variableOf(name: string, io: Io): Promise<Variable | undefined> {
  return readVariable(name, io).catch(() => undefined)
}

function fileOf(name: string, flags: Flags, profile: PlacedProfile | undefined, io: Io): string | undefined {
  const member = profile?.members[name]
  if (flags[name] !== undefined) return String(flags[name])
  return profile === undefined || member === undefined
    ? undefined
    : resolvePath(String(member), profile.file, io)
}

/** What is wrong with profiles is said of the configuration. */
function profileOf({ id }: Provider, flags: Flags, io: Io): Promise<PlacedProfile | undefined> {
  return chooseProfile(id, flags['profile'], io).catch(() => undefined)
}

function contentOf(path: string | undefined, io: Io): Promise<Uint8Array | undefined> | undefined {
  if (path === undefined) return undefined
  const read = path === '-' ? readStdin(io) : readKeyBytes(path)
  return read.catch(() => undefined)
}

/** What a key is, whether it can be used, and whether its size is what the provider advises. */
export async function judgeKey(provider: Provider, key: KeySource, { env }: Io): Promise<Judgement[]> {
  const { id } = provider
  const about = { id: key.kind, provider: id }
  const make = makeKey(provider)
  try {
    const facts = await inspectEncryptedKey(
      typeof key.content === 'string' ? key.content.replaceAll('\\n', '\n') : key.content,
      { passphrase: key.passphrase },
    )
    if (!('bits' in facts)) {
      const variable = toVariable(id, 'passphrase')
      const sentence = `KEY_ENCRYPTED: the key is encrypted, and ${variable} is not set.`
      return [fail(about, sentence, `read -rs ${variable} && export ${variable}`, exitCodes.key)]
    }
    const { bits, form, container, encrypted, thumbprint, type } = facts
    const wanted = key.kind === 'private-key' ? 'private' : 'public'
    if (type !== wanted) {
      const code = wanted === 'private' ? 'KEY_NOT_PRIVATE' : 'KEY_NOT_PUBLIC'
      const file = key.path === undefined ? 'FILE' : shownPath(key.path, env)
      const fix =
        wanted === 'public'
          ? `countersign keys public ${file} --out public_key.pem`
          : `Pass the private key with ${toFlag(key.name)} FILE, or make one: ${make}`
      return [
        fail(about, `${code}: a ${wanted} key is wanted, and this is a ${type} key.`, fix, exitCodes.key),
      ]
    }
    const sealed = type === 'private' ? (encrypted ? ', encrypted' : ', not encrypted') : ''
    const wrapped = container === 'jwk' ? 'JWK' : `${form} in ${container.toUpperCase()}`
    return [
      ok(about, `The ${type} key is ${wrapped}${sealed}. Thumbprint (RFC 7638): ${thumbprint}`),
      judgeSize(provider, key.kind, bits),
    ]
  } catch (error) {
    const inspect = `countersign keys inspect ${key.path === undefined ? 'FILE' : shownPath(key.path, env)}`
    return [await failOf(about, error, `${inspect}, or a new key: ${make}`)]
  }
}

const makeKey = ({ id }: Provider) => `countersign keys generate --provider ${id}`

/** Whether a key is as long as it must be, and as the provider advises. */
function judgeSize(provider: Provider, kind: KeySource['kind'], bits: number): Judgement {
  const { id, keyAdvice } = provider
  const size = { id: `${kind}.size`, provider: id }
  const make = makeKey(provider)
  if (bits < 2048)
    return fail(size, `KEY_TOO_SHORT: the key has ${bits} bits, and 2048 is the least.`, make, exitCodes.key)
  return keyAdvice !== undefined && kind === 'private-key' && bits < keyAdvice.bits
    ? warn(size, `The key has ${bits} bits; ${keyAdvice.bits} are advised (${keyAdvice.source}).`, make)
    : ok(size, `The key has ${bits} bits.`)
}

/** Whether the program that holds the private key answers and signs. */
export async function judgeSigner(
  provider: Provider,
  setting: SignerSetting,
  options: Readonly<Record<string, unknown>>,
  io: Io,
): Promise<Judgement[]> {
  const about = { id: 'signer', provider: provider.id }
  try {
    const signer = await signBy(setting, provider, options, io)
    try {
      await signer.key.sign(new TextEncoder().encode('countersign'))
      const { algorithm } = signer.key
      const sentence = `The signing program signs with ${algorithm}. Thumbprint (RFC 7638) of its key: ${signer.thumbprint}`
      return [ok(about, sentence), judgeSize(provider, 'private-key', signer.bits)]
    } finally {
      await signer.release()
    }
  } catch (error) {
    return [
      await failOf(about, error, 'Run the program by hand: docs/signing-keys.md shows what it is sent.'),
    ]
  }
}

/** Whether others can read a file that holds a credential, or put another in its place. */
export async function judgeKeyFile(provider: string, path: string, { env }: Io): Promise<Judgement[]> {
  if (process.platform === 'win32') return []
  const about = { id: 'key-file', provider }
  const file = await stat(path).catch(() => undefined)
  // A pipe or a device is nothing that lies about; a file that is not there is told elsewhere.
  if (file?.isFile() !== true) return []
  const octal = (file.mode & 0o777).toString(8).padStart(4, '0')
  const isOpen = (file.mode & 0o077) !== 0
  const judged = isOpen
    ? warn(
        about,
        `Other users can read the key file: its mode is ${octal}.`,
        `chmod 600 ${shownPath(path, env)}`,
      )
    : ok(about, `Only you can read the key file: its mode is ${octal}.`)
  return [judged, await judgeFolder(provider, dirname(resolve(path)), env)]
}

async function judgeFolder(provider: string, folder: string, env: Io['env']): Promise<Judgement> {
  const about = { id: 'key-folder', provider }
  const { mode } = await stat(folder)
  // In a sticky folder, such as /tmp, nobody moves what is another's.
  const isOpen = (mode & 0o022) !== 0 && (mode & 0o1000) === 0
  if (!isOpen) return ok(about, 'Nobody else can replace the key file.')
  return warn(
    about,
    'Others can write to the folder of the key, and replace the key.',
    `chmod go-w ${shownPath(folder, env)}`,
  )
}

/** Whether the public key that lies beside a private key is of the same pair: it may be the one that was sent. */
export async function judgePublicKeyBeside(
  provider: string,
  { path, content, passphrase }: KeySource,
  { env }: Io,
): Promise<Judgement[]> {
  if (path === undefined) return []
  const about = { id: 'public-key-beside', provider }
  const key = await thumbprintOf(content, passphrase)
  if (key === undefined) return []
  for (const beside of publicNames(path)) {
    const bytes = await readKeyBytes(beside).catch(() => undefined)
    const other = bytes === undefined ? undefined : await thumbprintOf(bytes)
    if (other === undefined) continue
    const name = basename(beside)
    if (other === key) return [ok(about, `${name} is the public half of the key.`)]
    return [
      warn(
        about,
        `${name} lies beside the key and is of another pair: was it sent to the provider?`,
        // Printed, not written: the other file may be in use elsewhere.
        `countersign keys public ${shownPath(path, env)}`,
      ),
    ]
  }
  return []
}

async function thumbprintOf(content: string | Uint8Array, passphrase?: string): Promise<string | undefined> {
  const facts = await inspectEncryptedKey(content, { passphrase }).catch(() => undefined)
  return facts !== undefined && 'thumbprint' in facts ? facts.thumbprint : undefined
}

/** What people call the public half of `private_key.pem`, `key.pem` or `key`. */
function publicNames(path: string): string[] {
  const [folder, extension] = [dirname(path), extname(path)]
  const stem = basename(path, extension)
  const names = [
    stem.replace('private', 'public') + extension,
    `${stem}.public${extension}`,
    `${stem}_public${extension}`,
    `${stem}_public_key${extension}`,
    `${stem}.pub`,
    `${basename(path)}.pub`,
  ]
  return names.filter((name) => name !== basename(path)).map((name) => join(folder, name))
}
