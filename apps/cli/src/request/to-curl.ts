import { toFlag } from '../field-names.ts'
import type { OpenProvider } from '../open-provider.ts'
import type { Flags } from '../provider-options.ts'
import { shellQuote } from '../shell-quote.ts'
import { UsageError } from '../usage-error.ts'
import { parseFormWord } from './form.ts'
import type { RequestPlan } from './plan.ts'

/** What was typed, as far as the plan does not tell. */
export interface CurlWords {
  flags: Flags
  data: string | undefined
  form: readonly string[]
  include: boolean
  output: string | undefined
  timeoutMs: number | undefined
}

/**
 * A curl command for a request. The token is got by `countersign token` when the command runs: nothing
 * secret is in it, and what is signed for each request is signed for this one.
 *
 * @throws {UsageError} for a request that curl cannot send again.
 */
export function toCurl({ provider, auth }: OpenProvider, plan: RequestPlan, words: CurlWords): string {
  const { method, url, headers } = plan
  const { flags, data, form, include, output, timeoutMs } = words
  const parts = form.map(parseFormWord)
  if (data === '-' || data === '@-' || parts.some(({ kind, value }) => kind !== 'text' && value === '-'))
    throw new UsageError('--curl cannot show a body from stdin: pass --data @file.')
  const perRequest = auth.token === undefined
  if (perRequest && form.length > 0)
    throw new UsageError(
      `--curl cannot show a form for ${provider.id}, which signs the body: curl makes the bytes of a form only when it sends them.`,
    )
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
  const shown = Array.from(headers).filter(([name]) => form.length === 0 || name !== 'content-type')
  const lines = [
    `curl --globoff ${method === 'HEAD' ? '--head' : `--request ${method}`} ${shellQuote(`${url.origin}${uri}`)}`,
    `--header "$(${token.join(' ')})"`,
    ...shown.map(([name, value]) => `--header ${shellQuote(`${name}: ${value}`)}`),
    ...(data === undefined ? [] : [`--data-binary ${shellQuote(data)}`]),
    ...parts.map((part, index) => {
      const plain = part.kind === 'text' && part.type === undefined && part.filename === undefined
      // curl does not interpret such a text.
      return plain
        ? `--form-string ${shellQuote(`${part.name}=${part.value}`)}`
        : `--form ${shellQuote(form[index] ?? '')}`
    }),
    ...(include ? ['--include'] : []),
    ...(output === undefined ? [] : [`--output ${shellQuote(output)}`]),
    ...(timeoutMs === undefined ? [] : [`--max-time ${timeoutMs / 1000}`]),
  ]
  return lines.join(' \\\n  ')
}
