import { existsSync } from 'node:fs'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { ConfigError, importSigningKey, inspectKey, KeyError, type Provider } from '@countersign/core'
import { importEncryptedKey } from '@countersign/core/node'
import { toFlag, toVariable } from '../field-names.ts'
import { checkNamesAreFree, describeUnreadable, mayBeSecret, readKeyBytes } from '../files.ts'
import { expandHome } from '../home-folder.ts'
import type { Io } from '../io.ts'
import { type KeyBits, type KeyFiles, makeKey, type NewKey } from '../keys/make-key.ts'
import { parseSubject } from '../keys/subject.ts'
import { currentFolder } from '../profiles/config-directory.ts'
import { resolvePath } from '../provider-options.ts'
import { shellQuote } from '../shell-quote.ts'
import { UsageError } from '../usage-error.ts'
import { readTextVariable } from '../variables.ts'
import { answerOfFlag, checkAnswer, titleOf, toProblem } from './answer.ts'
import type { Choice, Interview } from './prompter.ts'

/** The file of a key, or of credentials. */
export interface KeyAnswer {
  /** Absolute. */
  path: string
  /** What was made, and is not written yet. */
  made?: NewKey
  /** What opens it, where it is encrypted and no variable says it. */
  passphrase?: string
}

/** The file of a key, judged; or a new key, which is offered where the caller signs. */
export async function askKey(interview: Interview, name: string): Promise<KeyAnswer | undefined> {
  const { provider, flags, prompter, suggested, file, io } = interview
  const given = answerOfFlag(interview, name)
  if (given !== undefined) return takeFlag(interview, name, String(given))
  const isOnDisk = interview.made === undefined && suggested[name] !== undefined
  const before = !isOnDisk ? undefined : resolvePath(String(suggested[name]), file, io)
  const canMake = provider.fields[name]?.kind === 'private-key'
  if (interview.generateKey && canMake && flags[name] === undefined) {
    const path = usualKeyPath(interview)
    await checkNamesAreFree(namesOf(interview, path), false)
    return { path, made: await make(interview, path) }
  }
  if (prompter === undefined) {
    if (before !== undefined) await judgeKeyFile(before, { provider, name, io })
    return before === undefined ? undefined : { path: before }
  }
  const title = titleOf(provider, name)
  const initial = before ?? (canMake ? generatedKey(interview) : undefined)
  const origin = canMake ? await chooseOrigin(interview, title, initial) : 'file'
  const { made } = interview
  if (origin === 'made' && made !== undefined) return { path: made.files.privateKey, made }
  if (origin === 'make') {
    const path = fromHere(
      await prompter.ask({
        title: 'File for the new private key',
        help: 'It is written at the end, for you alone; the public key beside it.',
        initial: usualKeyPath(interview),
        check: (answer) => freeProblem(interview, answer),
      }),
      io,
    )
    const { title: vendor, keyAdvice } = provider
    if (keyAdvice !== undefined) prompter.say('info', `${vendor}: ${keyAdvice.sendTo}`)
    return { path, made: await make(interview, path) }
  }
  const path = fromHere(
    await prompter.ask({
      title: `${title}: path of the file`,
      help: provider.fields[name]?.help ?? 'As it was downloaded.',
      initial,
      check: (answer) => fileProblem(interview, name, answer),
    }),
    io,
  )
  return askPassphrase(interview, name, path)
}

async function takeFlag(interview: Interview, name: string, given: string): Promise<KeyAnswer> {
  const { provider, prompter, io } = interview
  if (given === '-')
    throw new UsageError(`${toFlag(name)} - cannot be saved: a profile holds the path of a file.`)
  const path = fromHere(given, io)
  if (prompter !== undefined && (await isSealed(interview, name, path)))
    return askPassphrase(interview, name, path)
  await judgeKeyFile(path, { provider, name, flag: { name: toFlag(name), value: given }, io })
  return { path }
}

type Origin = 'file' | 'make' | 'made'

async function chooseOrigin(
  { provider, prompter, made }: Interview,
  title: string,
  initial: string | undefined,
): Promise<Origin | undefined> {
  const bits = provider.keyAdvice?.bits ?? 2048
  const again: Choice<Origin>[] =
    made === undefined ? [] : [{ value: 'made', label: 'The one just made', hint: made.files.privateKey }]
  const hint = `RSA, ${bits} bits; you are told where the public key goes`
  return prompter?.choose<Origin>(`${title}?`, [
    ...again,
    { value: 'file', label: 'It is in a file', hint: made === undefined ? initial : undefined },
    { value: 'make', label: 'Make a new one', hint },
  ])
}

function make(interview: Interview, path: string): Promise<NewKey> {
  const { provider } = interview
  const bits: KeyBits = provider.keyAdvice?.bits ?? 2048
  const subject = parseSubject(`CN=${provider.id}`)
  return makeKey({ files: nameKeyFiles(path, interview), bits, subject })
}

function namesOf(interview: Interview, path: string): string[] {
  return Object.values(nameKeyFiles(path, interview)).filter((name) => name !== undefined)
}

async function freeProblem(interview: Interview, answer: string): Promise<string | undefined> {
  if (answer === '') return 'A new key needs a file.'
  try {
    await checkNamesAreFree(namesOf(interview, fromHere(answer, interview.io)), false)
    return undefined
  } catch {
    return 'That file, or that of the public key beside it, is there already: name another.'
  }
}

async function fileProblem(interview: Interview, name: string, answer: string): Promise<string | undefined> {
  const { provider, io } = interview
  const problem = checkAnswer(interview, name, answer)
  if (problem !== undefined) return problem
  try {
    await judgeKeyFile(fromHere(answer, io), { provider, name, io })
    return undefined
  } catch (error) {
    // Its passphrase is asked next.
    return isEncrypted(error) ? undefined : toProblem(error, provider)
  }
}

function isEncrypted(error: unknown): boolean {
  return (error as { code?: string }).code === 'KEY_ENCRYPTED'
}

async function isSealed({ provider, io }: Interview, name: string, path: string): Promise<boolean> {
  return judgeKeyFile(path, { provider, name, io }).then(() => false, isEncrypted)
}

/** An encrypted key is tried with its passphrase, which is then forgotten. */
async function askPassphrase(interview: Interview, name: string, path: string): Promise<KeyAnswer> {
  const { provider, prompter, io } = interview
  if (prompter === undefined || !(await isSealed(interview, name, path))) return { path }
  const passphrase = await prompter.askHidden({
    title: 'Passphrase of the key',
    help: `It is not kept: set ${toVariable(provider.id, 'passphrase')} for the commands that use the key.`,
    async check(answer) {
      if (answer === '') return 'The key is encrypted, and has a passphrase.'
      return judgeKeyFile(path, { provider, name, passphrase: answer, io }).then(
        () => undefined,
        (error: unknown) => toProblem(error, provider),
      )
    },
  })
  return { path, passphrase }
}

/** What a file should hold. */
export interface JudgeKeyOptions {
  provider: Provider
  /** The option that it is for. */
  name: string
  /** What opens it. Default: the provider's variable. */
  passphrase?: string | undefined
  /** The flag that named the file, and how, where nobody typed its path a moment ago. */
  flag?: { name: string; value: string }
  io: Io
}

/**
 * Reads the file of a key, or of credentials, and tries whether the provider's adapter could work with it.
 *
 * @throws {ConfigError} `CONFIG_INVALID` when it cannot be read. @throws {KeyError} in the adapter's own words.
 */
async function judgeKeyFile(path: string, options: JudgeKeyOptions): Promise<void> {
  const { provider, name, io } = options
  const { id, fields, algorithm = 'RS256' } = provider
  const bytes = await read(path, options)
  if (name === 'credentials') {
    provider.readCredentials?.(new TextDecoder().decode(bytes))
    return
  }
  if (fields[name]?.kind === 'public-key') {
    const { type } = await inspectKey(bytes)
    if (type === 'public') return
    throw new KeyError('KEY_MALFORMED', 'A public key is needed, and this is a private key.', {
      provider: id,
      hint: 'Pass the file that begins with BEGIN PUBLIC KEY.',
    })
  }
  const passphrase = options.passphrase ?? (await readTextVariable(toVariable(id, 'passphrase'), io)) ?? ''
  const privateKey =
    passphrase === '' ? bytes : await importEncryptedKey({ pem: bytes, passphrase, provider: id })
  await importSigningKey(privateKey, { algorithm, provider: id })
}

async function read(path: string, options: JudgeKeyOptions): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await readKeyBytes(path)
  } catch (error) {
    const { code = 'unknown' } = error as { code?: string }
    const { provider, flag } = options
    const problem = describeUnreadable(flag?.value ?? path, code, flag?.name)
    const hint = code === 'ENOENT' && !mayBeSecret(flag?.value ?? path) ? makingHint(options) : undefined
    throw new ConfigError(problem, { provider: provider.id, ...(hint === undefined ? {} : { hint }) })
  }
}

/** Who names a private key that is not there may want to make it. */
function makingHint({ provider: { id, fields }, name, flag }: JudgeKeyOptions): string | undefined {
  if (flag === undefined || fields[name]?.kind !== 'private-key') return undefined
  return `Create the key first: countersign keys generate --provider ${id} --out ${shellQuote(flag.value)}. Or pass --generate-key instead of ${flag.name}.`
}

/** Where a path leads that was typed in the current folder. */
function fromHere(path: string, io: Io): string {
  return resolve(currentFolder(io) ?? '.', expandHome(path, io.env))
}

/**
 * A path as a profile holds it: as it stood there before, else from the profile's file on where that may be
 * moved along with it, else whole.
 */
export function toStoredPath(path: string, name: string, { file, local, suggested, io }: Interview): string {
  const { [name]: before } = suggested
  if (typeof before === 'string' && resolvePath(before, file, io) === path) return before
  const short = relative(dirname(file), path)
  const inside = short !== '' && !short.startsWith(`..${sep}`) && !isAbsolute(short)
  return local && inside ? short : path
}

/** The files of a key that is made for a profile, beside the private one. */
function nameKeyFiles(privateKey: string, { name, provider }: Interview): KeyFiles {
  const beside = (end: string) => join(dirname(privateKey), `${name}_${end}`)
  return {
    privateKey,
    publicKey: beside('public_key.pem'),
    csr: provider.keyAdvice?.csr === true ? beside('request.csr') : undefined,
  }
}

/** What `keys generate` wrote to the current folder. */
function generatedKey({ provider, io }: Interview): string | undefined {
  return [`${provider.id}_private_key.pem`, 'private_key.pem'].find((name) => existsSync(fromHere(name, io)))
}

/** Where a new key is put unless another place is named: beside the file of the profile. */
function usualKeyPath({ file, name }: Interview): string {
  return join(dirname(file), `${name}_private_key.pem`)
}
