import { expect, test } from 'vitest'
import { followPage } from './start-page.ts'

test('the page for any language leads a Go program to the answers that it shows', async () => {
  const answers = await followPage('any-language')
  expect(answers).toHaveLength(2)
  for (const { printed, promised } of answers) expect(printed).toBe(promised)
})
