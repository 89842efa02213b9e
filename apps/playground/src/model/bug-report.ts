import { redact } from '@countersign/core/provider'
import type { Entry } from '../providers.ts'
import type { Run, Step } from './session.ts'
import { toChangeTitles } from './tampering.ts'
import { toVerdict } from './verdict.ts'

/** Where a report ends that quotes a large body. */
const longestBody = 2000

/** A run as Markdown for an issue tracker, without credentials. */
export function toBugReport({ packageName, provider }: Entry, run: Run, secrets: readonly string[]): string {
  const { title, found, required, rule, error } = toVerdict(run)
  const steps = run.items.filter((item): item is Step => item.kind === 'step')
  const text = [
    `## ${provider.title}: ${title.toLowerCase()}`,
    '',
    ...[found, required].filter((sentence) => sentence !== ''),
    ...(rule === undefined ? [] : [`Rule: \`${rule.id}\` (${rule.source})`]),
    ...(error === undefined ? [] : [`Error: \`${error.code}\``]),
    '',
    `Package: \`${packageName}\`. Sent in the playground, to an emulator.`,
    ...steps.flatMap((step, index) => ['', `### Request ${index + 1}`, '', ...toLines(step)]),
    '',
  ].join('\n')
  return redact(text, secrets)
}

function toLines({ sent, entry, response, changedBy, endpoint }: Step): string[] {
  const changes = toChangeTitles(changedBy).map((title) => title.toLowerCase())
  const isSecret = endpoint !== 'api' && response !== undefined && response.status < 300
  const body = response === undefined || isSecret ? '' : new TextDecoder().decode(response.body)
  return [
    ...(changes.length === 0 ? [] : [`Changed before it was sent: ${changes.join(', ')}.`, '']),
    '```http',
    `${sent.method} ${sent.url.href}`,
    ...Object.entries(entry?.headers ?? {}).map(([name, value]) => `${name}: ${value}`),
    ...(entry?.body === undefined || entry.body === '' ? [] : ['', entry.body.slice(0, longestBody)]),
    '```',
    '',
    ...(response === undefined
      ? ['No response: the connection broke.']
      : [
          '```http',
          `HTTP/1.1 ${response.status}`,
          ...(body === '' ? [] : ['', body.slice(0, longestBody)]),
          '```',
        ]),
  ]
}
