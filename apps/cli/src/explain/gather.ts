import { isIP } from 'node:net'
import { decodeJwt, type Provider } from '@countersign/core'
import {
  type Guess,
  guessProvider,
  type ReadRuleInputOptions,
  readRuleInput,
} from '@countersign/core/explain'
import type { RuleInput } from '@countersign/core/provider'
import { readData, readInput } from '../files.ts'
import { exampleIds } from '../help-examples.ts'
import { type Io, nowOf } from '../io.ts'
import { loadProvider, loadProviders, type ProviderId } from '../providers.ts'
import { UsageError } from '../usage-error.ts'

/** What was found out about what was given. */
export interface Gathered {
  provider: Provider
  ruleInput: RuleInput
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

/** Reads what was given, guesses whose it is where nobody says so, and judges the signature by the key. */
export async function gather(
  id: ProviderId | undefined,
  given: string,
  options: GatherOptions,
  io: Io,
): Promise<Gathered> {
  const keyPath = options.publicKey ?? options.key
  if (/^@?-$/.test(given) && keyPath === '-')
    throw new UsageError('The token and the key cannot both come from stdin.')
  const input = await readData(given, io, 'the argument')
  const now = nowOf(io)
  const guess = id === undefined ? await guessFrom(input, now) : undefined
  const provider = guess?.provider ?? (await loadProvider(id as ProviderId))
  const environments = Object.keys(provider.baseUrls)
  if (options.environment !== undefined && !environments.includes(options.environment))
    throw new UsageError(`--environment must be ${environments.join(' or ')} for ${provider.id}.`)
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
  return { provider, ruleInput, guessedBy: guess?.by, mark: guess?.mark }
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
