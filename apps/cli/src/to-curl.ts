import { toFlag } from './field-names.ts'
import type { OpenProvider } from './open-provider.ts'
import type { Flags } from './provider-options.ts'
import type { RequestPlan } from './request-plan.ts'
import { shellQuote } from './shell-quote.ts'
import { UsageError } from './usage-error.ts'

/**
 * A curl command for a request. The token is got by `countersign token` when the command runs: nothing
 * secret stands in it, and what is signed for each request is signed for this one.
 *
 * @throws {UsageError} for a request that curl cannot send again.
 */
export function toCurl(
  { provider, auth }: OpenProvider,
  { method, url, headers, body }: RequestPlan,
  { flags, data }: { flags: Flags; data: string | undefined },
): string {
  if (data === '-' || data === '@-')
    throw new UsageError('--curl cannot show a body from stdin: pass --data @file.')
  const perRequest = auth.token === undefined
  const uri = `${url.pathname}${url.search}`
  const token = [
    'countersign token',
    provider.id,
    ...(perRequest ? ['--method', method, '--uri', shellQuote(uri)] : []),
    ...(perRequest && data !== undefined ? ['--data', shellQuote(data)] : []),
    ...Object.entries(flags).flatMap(([name, value]) =>
      value === undefined ? [] : [toFlag(name), shellQuote(String(value))],
    ),
    '--header',
  ]
  const lines = [
    `curl --globoff ${method === 'HEAD' ? '--head' : `--request ${method}`} ${shellQuote(`${url.origin}${uri}`)}`,
    `--header "$(${token.join(' ')})"`,
    ...Array.from(headers, ([name, value]) => `--header ${shellQuote(`${name}: ${value}`)}`),
    ...(body === undefined || data === undefined ? [] : [`--data-binary ${shellQuote(data)}`]),
  ]
  return lines.join(' \\\n  ')
}
