import { expect, test } from 'vitest'
import { followPage } from './start-page.ts'

/** A terminal shows JSON on several lines, a pipe on one. */
const withoutSpace = (text: string) => text.replace(/\s+/g, '')

/** The Worker runs in Node: Wrangler is not installed with this repository. */
const programs = { wrangler: 'exec node "$ROOT/apps/docs/test/run-worker.ts" "$@"' }

test.each(['node', 'worker', 'shell'])('the page for %s leads to the answer that it shows', async (page) => {
  const answers = await followPage(page, programs)
  expect(answers).not.toHaveLength(0)
  for (const { printed, promised } of answers) expect(withoutSpace(printed)).toBe(withoutSpace(promised))
})
