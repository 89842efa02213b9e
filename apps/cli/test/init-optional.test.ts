import { victorProvider } from '@countersign/victor/provider'
import { expect, test } from 'vitest'
import { askOptional } from '../src/init/ask-credentials.ts'
import type { Prompter } from '../src/init/prompter.ts'

/** What a person is offered, who wants none of it. */
async function offered(given: readonly string[]): Promise<string[]> {
  const names: string[] = []
  const prompter = {
    async chooseAny(_title, choices) {
      names.push(...choices.map(({ value }) => value))
      return []
    },
  } satisfies Pick<Prompter, 'chooseAny'>
  const io = {
    stdin: (async function* () {})(),
    stdout: { write: () => true },
    stderr: { write: () => true },
    env: {},
  }
  await askOptional(
    {
      provider: victorProvider,
      flags: {},
      prompter: prompter as unknown as Prompter,
      suggested: {},
      name: 'victor',
      file: '/nowhere/countersign.toml',
      local: false,
      generateKey: false,
      io,
    },
    given,
  )
  return names
}

test('options that go with a private key are offered with one, and not with an OAuth key', async () => {
  expect(await offered(['apiKey', 'privateKey'])).toEqual(
    expect.arrayContaining(['lifetimeSeconds', 'reuse']),
  )
  const withOAuth = await offered(['clientId', 'clientSecret'])
  expect(withOAuth).toContain('backdateSeconds')
  expect(withOAuth).not.toEqual(expect.arrayContaining(['lifetimeSeconds']))
  expect(withOAuth).not.toEqual(expect.arrayContaining(['reuse']))
})
