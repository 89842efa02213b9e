import { isIP } from 'node:net'
import { decodeJwt, type Provider } from '@countersign/core'
import {
  type Guess,
  guessProvider,
  type PastedResponse,
  type ReadRuleInputOptions,
  readResponse,
  readRuleInput,
  ruleNamedBy,
} from '@countersign/core/explain'
import type { Rule, RuleInput } from '@countersign/core/provider'
import { enumerate } from '../enumerate.ts'
import { readData, readInput } from '../files.ts'
import { exampleIds } from '../help-examples.ts'
import { type Io, nowOf } from '../io.ts'
import { loadProvider, loadProviders, type ProviderId } from '../providers.ts'
import { UsageError } from '../usage-error.ts'

/** What a provider answered, and the rule that it names. */
export interface Answer {
  response: PastedResponse
  named: { provider: Provider; rule: Rule } | undefined
}

/** What was found out about what was given. */
export interface Gathered {
  provider: Provider
  ruleInput: RuleInput
  /** What the provider answered, where that was given too. */
  answer: Answer | undefined
  /** By what the provider was guessed; `undefined` when it was named. */
  guessedBy: Guess['by'] | undefined
  /** What only this provider has, where that is why it was recognised. */
  mark?: string | undefined
}

/** Where to look besides the input itself. */
export interface GatherOptions {
  publicKey?: string
  key?: string
  environment?: string
}

/** Reads what was given. */
export async function readGiven(
  given: string,
  { publicKey, key }: GatherOptions,
  io: Io,
): Promise<Uint8Array> {
  if (/^@?-$/.test(given) && (publicKey ?? key) === '-')
    throw new UsageError('The token and the key cannot both come from stdin.')
  return readData(given, io, 'the argument')
}

/** The response in what was given, and the rule that it names. */
export async function findAnswer(input: Uint8Array, id: ProviderId | undefined): Promise<Answer | undefined> {
  const response = readResponse(input)
  if (response === undefined) return undefined
  const providers = id === undefined ? await loadProviders() : [await loadProvider(id)]
  return { response, named: ruleNamedBy(response, providers) }
}

/**
 * Guesses whose it is where nobody says so, and judges the signature by the key; times by the provider's clock,
 * where its response shows it.
 */
export async function gather(
  id: ProviderId | undefined,
  { input, answer }: { input: Uint8Array; answer: Answer | undefined },
  options: GatherOptions,
  io: Io,
): Promise<Gathered> {
  const keyPath = options.publicKey ?? options.key
  const now = answer?.response.time ?? nowOf(io)
  const guess = id === undefined ? await guessFrom(input, now) : undefined
  const provider = guess?.provider ?? (await loadProvider(id as ProviderId))
  const environments = Object.keys(provider.baseUrls)
  if (options.environment !== undefined && !environments.includes(options.environment))
    throw new UsageError(`--environment must be ${enumerate(environments, 'or')} for ${provider.id}.`)
  const wanted: ReadRuleInputOptions = { now, provider, environment: options.environment }
  if (keyPath !== undefined) {
    if (provider.algorithm === undefined)
      throw new UsageError(`Nothing is signed for ${provider.id}, so there is no signature to check.`)
    wanted.publicKey = await readInput(keyPath, io, { key: true })
  }
  const ruleInput = await readRuleInput(input, wanted)
  // A provider that exchanges nothing takes the caller's own JWT only: anything else cannot be judged.
  if (ruleInput.request === undefined && ruleInput.jwt === undefined && provider.endpointOf === undefined)
    decodeJwt(new TextDecoder().decode(input).trim())
  return { provider, ruleInput, answer, guessedBy: guess?.by, mark: guess?.mark }
}

async function guessFrom(input: Uint8Array, now: number): Promise<Guess & { provider: Provider }> {
  const ruleInput = await readRuleInput(input, { now })
  const guess = guessProvider(await loadProviders(), ruleInput)
  const { provider, candidates } = guess
  if (provider !== undefined) return { ...guess, provider }
  const names = candidates.map(({ id }) => id)
  if (names.length === 0)
    throw new UsageError(
      `This JWT does not belong to a known provider. Name the provider to judge it by its rules, as in \`countersign explain ${exampleIds()[1]} -\`; \`countersign jwt decode -\` shows what is in it.`,
    )
  const host = (ruleInput.request?.headers.get('host') ?? '').replace(/:\d+$/, '')
  if (host.includes('.') && !isIP(host))
    throw new UsageError(
      `The address ${host} does not belong to a known provider.`,
      `Name the provider to judge the request by its rules, as in \`countersign explain ${names[0]} -\`.`,
    )
  throw new UsageError(
    `This could be for ${names.slice(0, -1).join(', ')} or ${names.at(-1)}. Name the provider before it, as in \`countersign explain ${names[0]} -\`.`,
  )
}
