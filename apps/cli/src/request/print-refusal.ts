import { STATUS_CODES } from 'node:http'
import type { Provider } from '@countersign/core'
import { type Endpoint, redact } from '@countersign/core/provider'
import { nowOf } from '../io.ts'
import type { OpenProvider } from '../open-provider.ts'
import { knownAdvice, knownRule } from '../rules.ts'
import { explainRefusal } from './explain-refusal.ts'
import type { SendOptions } from './options.ts'

/** Prints the error of a response of 400 and above. */
export function printRefusal(
  { status, headers }: Response,
  what: string,
  provider: Provider,
  { output }: SendOptions,
): void {
  const rule = knownRule(headers, provider)
  const hint = rule === undefined ? '' : ` Broken rule: ${rule.id}; ${rule.source}.`
  const message = `${what} was answered ${status} ${STATUS_CODES[status] ?? ''}`.trim()
  output.error('HTTP_STATUS', redact(`${message}.${hint}`))
}

/** Says which advised rules an emulator found broken: at once for a refusal, otherwise with --verbose. */
export function tellBrokenAdvice(
  { status, headers }: Response,
  provider: Provider,
  { output }: Pick<SendOptions, 'output'>,
): void {
  const say = status < 400 ? output.detail : output.talk
  for (const { id, requirement, source } of knownAdvice(headers, provider))
    say(`Advised by ${id}: ${requirement} ${source}`)
}

/** What the provider's rules suggest about the call that was refused. */
export async function tellWhy(
  endpoint: Endpoint,
  { provider, options }: OpenProvider,
  { calls, output, io }: SendOptions,
): Promise<void> {
  const call = await calls.read().catch(() => undefined)
  if (call === undefined) return
  const lines = await explainRefusal({ provider, options, call, endpoint, now: nowOf(io) })
  for (const line of lines) output.talk(`  ${redact(line)}`)
  if (call.status === 401 && lines.length === 0 && knownRule(call.headers, provider) === undefined)
    output.talk(`  \`countersign explain ${provider.id}\` lists the requirements.`)
}
