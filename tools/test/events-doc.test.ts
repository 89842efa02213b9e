import { readFileSync } from 'node:fs'
import type { AuthEvent } from '@countersign/core'
import { expect, test } from 'vitest'

const page = readFileSync(new URL('../../docs/observability.md', import.meta.url), 'utf8')

/** Every event; the compiler keeps it complete. */
const types = Object.keys({
  'token.acquired': true,
  'token.renewed': true,
  'token.failed': true,
  'token.retried': true,
  'token.exchanged': true,
  'key.refused': true,
  'request.signed': true,
  'request.replayed': true,
  'request.retried': true,
  'request.finished': true,
  'clock.adjusted': true,
  'store.failed': true,
  'store.skipped': true,
  'store.resumed': true,
  'store.incomplete': true,
} satisfies Record<AuthEvent['type'], true>)

test('docs/observability.md has every event and no other', () => {
  const [events = ''] = page.split('\n## OpenTelemetry')
  const listed = [...events.matchAll(/^\| `([a-z]+\.[a-z]+)` \|/gm)].map(([, type]) => type)
  expect(listed.toSorted()).toEqual(types.toSorted())
})
