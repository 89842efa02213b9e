import type { Provider } from '@countersign/core'
import { enumerate } from '../enumerate.ts'
import { secretOptions, toVariable } from '../field-names.ts'
import type { NewKey } from '../keys/make-key.ts'
import { keyAndProgram, nameOption } from '../option-problems.ts'
import { isPathMember } from '../profiles/members.ts'
import { replaceableKey, signerOption } from '../signer/signer-option.ts'
import { toStoredCommand } from '../signer/stored-command.ts'
import { workingFolder } from '../signer/working-folder.ts'
import { answerOfFlag, checkAnswer, titleOf, toAnswer, toMember } from './answer.ts'
import { askKey, toStoredPath } from './ask-key.ts'
import type { Interview } from './prompter.ts'

/** Credentials as a profile names them, and what it does not hold. */
export interface Credentials {
  members: Record<string, unknown>
  /** A key that is not written yet. */
  made: NewKey | undefined
  /** Options that come back when the public key is registered. */
  later: readonly string[]
  /** Options that are secrets, and given by variables only. */
  secrets: readonly string[]
  passphrase: string | undefined
}

/** Asks for one set of credentials: keys first, since ids may come back for them. */
export async function askCredentials(interview: Interview): Promise<Credentials> {
  const { provider, prompter } = interview
  const names = await chooseSet(interview)
  const found: Credentials = { members: {}, made: undefined, later: [], secrets: [], passphrase: undefined }
  const later: string[] = []
  const secrets = secretOptions(provider).filter((name) => names.includes(name))
  for (const name of names.filter((each) => isPathMember(provider, each))) {
    const command = askProgram(interview, name)
    if (command !== undefined) {
      found.members[signerOption] = command
      continue
    }
    const answer = await askKey(interview, name)
    if (answer === undefined) continue
    found.members[name] = toStoredPath(answer.path, name, interview)
    found.made ??= answer.made
    found.passphrase ??= answer.passphrase
  }
  for (const name of names.filter((each) => !isPathMember(provider, each) && !secrets.includes(each))) {
    const member = await askMember(interview, name, { mayWait: found.made !== undefined })
    if (member !== undefined) found.members[name] = member
    else if (found.made !== undefined) later.push(name)
  }
  if (prompter !== undefined)
    for (const name of secrets)
      prompter.say(
        'info',
        `${titleOf(provider, name)}: it is a secret, and not kept here. Set ${toVariable(provider.id, name)}.`,
      )
  return { ...found, later, secrets }
}

/** The program that signs in place of a key, where one is given. */
function askProgram(interview: Interview, name: string): string | undefined {
  const { provider, flags, suggested, generateKey, io } = interview
  const given = answerOfFlag(interview, signerOption) as string | undefined
  if (given === undefined) {
    const before = suggested[signerOption] as string | undefined
    return flags[name] === undefined && !generateKey && name === replaceableKey(provider) ? before : undefined
  }
  if (name !== replaceableKey(provider)) return undefined
  if (flags[name] !== undefined || generateKey)
    throw keyAndProgram(provider, generateKey ? '--generate-key' : nameOption(provider, name))
  return toStoredCommand(given, workingFolder(io))
}

/** An option that is neither a file nor a secret. */
async function askMember(
  interview: Interview,
  name: string,
  { mayWait }: { mayWait: boolean },
): Promise<unknown> {
  const { provider, prompter, suggested } = interview
  const given = answerOfFlag(interview, name)
  if (given !== undefined) return given
  const field = provider.fields[name]
  if (prompter === undefined || field === undefined) return suggested[name]
  const { title, help, example, kind, choices = [] } = field
  if (kind === 'choice') {
    const options = choices.map((value) => ({ value, label: value }))
    return prompter.choose(`${title}: ${help}`, options, suggested[name] as string | undefined)
  }
  const answer = await prompter.ask({
    title,
    help: mayWait ? `${help} Enter leaves it for later.` : help,
    example,
    initial: toAnswer(suggested[name]),
    check: async (text) => (mayWait && text === '' ? undefined : checkAnswer(interview, name, text)),
  })
  return answer === '' ? undefined : toMember(provider, name, answer)
}

/** The kind of credentials that flags or the profile begin, else the one that is chosen, else the first. */
async function chooseSet(interview: Interview): Promise<readonly string[]> {
  const { provider, flags, prompter, suggested, generateKey } = interview
  const sets = setsOf(provider)
  const begunBy = (given: Readonly<Record<string, unknown>>) => {
    const key = given[signerOption] === undefined ? undefined : replaceableKey(provider)
    return sets.find((set) => set.some((name) => name === key || given[name] !== undefined))
  }
  const begun = begunBy(flags) ?? (generateKey ? sets.find((set) => set.includes('privateKey')) : undefined)
  const before = begunBy(suggested)
  const [first = []] = sets
  if (begun !== undefined || sets.length === 1) return begun ?? first
  if (prompter === undefined) return before ?? first
  const choices = sets.map((set, index) => ({
    value: String(index),
    label: enumerate(set.map((name) => titleOf(provider, name))),
    hint: set.includes('credentials') ? 'as it was downloaded' : undefined,
  }))
  const chosen = await prompter.choose(
    'Which credentials?',
    choices,
    before === undefined ? undefined : String(sets.indexOf(before)),
  )
  return sets[Number(chosen)] ?? first
}

/** A file that the provider hands out stands for a whole set. */
function setsOf({ readCredentials, credentialSets }: Provider): readonly (readonly string[])[] {
  return readCredentials === undefined ? credentialSets : [['credentials'], ...credentialSets]
}

/** What may be set and need not, with the credentials that are given, if any: chosen first, then asked. */
export async function askOptional(
  interview: Interview,
  given: readonly string[],
): Promise<Record<string, unknown>> {
  const { provider, flags, prompter, suggested } = interview
  const names = optionalNames(provider).filter((name) => {
    const { goesWith } = provider.fields[name] ?? {}
    return (
      goesWith === undefined || given.length === 0 || given.includes(goesWith) || flags[name] !== undefined
    )
  })
  const open = names.filter((name) => flags[name] === undefined)
  const before = open.filter((name) => suggested[name] !== undefined)
  const choices = open.map((value) => ({
    value,
    label: titleOf(provider, value),
    hint: hintOf(provider, value),
  }))
  const chosen =
    prompter === undefined || open.length === 0
      ? before
      : await prompter.chooseAny('Anything else? Space chooses, Enter goes on.', choices, before)
  const members: Record<string, unknown> = {}
  for (const name of names) {
    if (flags[name] === undefined && !chosen.includes(name)) continue
    const member = await askMember(interview, name, { mayWait: false })
    if (member !== undefined) members[name] = member
  }
  return members
}

function optionalNames({ fields, credentialSets }: Provider): string[] {
  const asked = new Set(['environment', 'baseUrl', signerOption, ...credentialSets.flat()])
  return Object.keys(fields).filter(
    (name) => !asked.has(name) && !['code', 'secret'].includes(fields[name]?.kind ?? 'code'),
  )
}

function hintOf({ fields }: Provider, name: string): string | undefined {
  const { help, defaultValue } = fields[name] ?? {}
  return defaultValue === undefined ? help : `${help} Default: ${defaultValue}.`
}
