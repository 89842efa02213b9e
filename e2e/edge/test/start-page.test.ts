import { expect, test } from 'vitest'
import { followPage } from '../../../apps/docs/test/start-page.ts'

test('the page for a Worker leads to the answer that it shows', async () => {
  const [answer, ...others] = await followPage('worker', {
    wrangler: 'exec node "$ROOT/e2e/edge/test/wrangler.ts" "$@"',
  })
  expect(others).toEqual([])
  expect(answer?.printed).toBe(answer?.promised.trim())
})
