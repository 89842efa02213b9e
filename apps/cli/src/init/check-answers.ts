import type { Provider } from '@countersign/core'
import { failOf, type Judgement, judgeDryRun } from '../doctor/finding.ts'
import { performDryRun } from '../dry-run.ts'
import { toVariable } from '../field-names.ts'
import { type Io, nowOf } from '../io.ts'
import { isPathMember } from '../profiles/members.ts'
import type { Flags } from '../provider-options.ts'
import { resolvePath } from '../provider-options.ts'
import { findVariable } from '../variables.ts'
import { toAnswer } from './answer.ts'
import type { Credentials } from './ask-credentials.ts'

/** What a dry run is made with. */
export interface CheckAnswersOptions {
  provider: Provider
  members: Readonly<Record<string, unknown>>
  credentials: Credentials
  /** The file that paths in the members count from. */
  file: string
  io: Io
}

/** A dry run with the answers alone, whatever else is configured: nothing is sent. */
export async function checkAnswers(
  options: CheckAnswersOptions,
): Promise<{ judged: Judgement; error?: unknown }> {
  const { provider, members, credentials, file, io } = options
  const { id } = provider
  const texts = Object.entries(members).map(([name, member]) => [
    name,
    isPathMember(provider, name) ? resolvePath(String(member), file, io) : toAnswer(member),
  ])
  const flags: Record<string, unknown> = { ...Object.fromEntries(texts), profile: false }
  const env = variablesOf(options)
  // A key that is not written yet has no file.
  if (credentials.made !== undefined) delete flags['privateKey']
  try {
    const { verdictsAt } = await performDryRun(id, flags as Flags, { ...io, env, askSecret: undefined })
    return { judged: judgeDryRun(id, verdictsAt(nowOf(io))) }
  } catch (error) {
    return {
      judged: await failOf({ id: 'dry-run', provider: id }, error, `countersign explain ${id}`),
      error,
    }
  }
}

/** Variables that would replace a profile's values are left out; what no profile holds is put in. */
function variablesOf({ provider: { id }, credentials, io }: CheckAnswersOptions): Io['env'] {
  const { made, secrets, passphrase } = credentials
  const others = Object.entries(io.env).filter(([name]) => !name.startsWith('COUNTERSIGN_'))
  const given = [...secrets, 'passphrase'].map((name) => {
    const variable = findVariable(toVariable(id, name), io)
    if (variable !== undefined) return [variable, io.env[variable]]
    // Nothing is sent, so that anything can stand for a secret that is not set yet.
    return [toVariable(id, name), name === 'passphrase' ? '' : 'not set yet']
  })
  return {
    ...Object.fromEntries([...others, ...given]),
    ...(passphrase === undefined ? {} : { [toVariable(id, 'passphrase')]: passphrase }),
    ...(made === undefined ? {} : { [toVariable(id, 'privateKey')]: String(made.privateKey) }),
  }
}
