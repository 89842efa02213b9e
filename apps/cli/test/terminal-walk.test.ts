import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, test } from 'vitest'
import { createHome, type Home } from './create-home.ts'
import { keys } from './terminal.ts'

const bin = new URL('../src/bin.ts', import.meta.url).pathname
const { enter, down } = keys

interface Mounted {
  baseUrl: string
  credentials: Record<string, string>
}

/** `countersign emulator`, as a process of its own. */
async function startEmulator(id: string, argv: readonly string[]): Promise<Mounted & AsyncDisposable> {
  const { PATH = '' } = process.env
  const words = ['emulator', id, '--port', '0', '--json', '--quiet', ...argv]
  const child = spawn(process.execPath, ['--conditions=@countersign/source', bin, ...words], {
    env: { PATH },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  const { providers } = JSON.parse(line) as { providers: Record<string, Mounted> }
  const { [id]: mounted } = providers
  if (mounted === undefined) throw new Error(`no emulator of ${id}`)
  return {
    ...mounted,
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}

async function isHealthy(home: Home, id: string): Promise<void> {
  using doctor = home.run('doctor', id)
  await doctor.screen.sees('The configuration is complete')
  await doctor.screen.sees('none failed')
  expect([await doctor.ended, doctor.screen.text()]).toEqual([
    expect.objectContaining({ exitCode: 0 }),
    expect.not.stringContaining('✗'),
  ])
}

async function isAnswered(home: Home, id: string, path: string, answer: string): Promise<void> {
  using request = home.run('request', id, path)
  await request.screen.sees(answer)
  expect(await request.ended).toMatchObject({ exitCode: 0 })
}

/** Providers that are sent a public key, and send ids back for it. */
const keyed = [
  {
    id: 'speeda',
    place: 0,
    ids: { clientId: 'Client id', keyId: 'Key id' },
    path: 'private-company/v1/companies?country=KOR',
    answer: 'KOR',
  },
  {
    id: 'cdata',
    place: 1,
    ids: { accountId: 'Account id' },
    path: 'poweredby/account/list',
    answer: 'accounts',
  },
  { id: 'utgl', place: 2, ids: { accessKey: 'Access key' }, path: 'ping', answer: 'pong' },
  { id: 'victor', place: 3, ids: { apiKey: 'API key' }, path: 'v2/accounts', answer: 'emulated-account-1' },
]

describe.concurrent('from nothing to an answered request, at a terminal', () => {
  test.each(keyed)('$id: a key is made, registered, and used', async ({ id, place, ids, path, answer }) => {
    await using home = await createHome()
    const victor = id === 'victor'
    {
      using init = home.run('init')
      await init.answer('Which provider?', ...Array<string>(place).fill(down), enter)
      await init.answer('Name of the profile', enter)
      await init.answer('Which environment?', ...(victor ? [down] : []), enter)
      if (victor) await init.answer('Which credentials?', enter)
      await init.answer('Private key?', down, enter)
      await init.answer('File for the new private key', enter)
      for (const title of Object.values(ids)) await init.answer(title, enter)
      await init.answer('Anything else?', enter)
      await init.screen.sees(`Saved profile ${id} (provider ${id}) in ~/.config/countersign/countersign.toml`)
      expect(await init.ended).toMatchObject({ exitCode: 0 })
    }
    const publicKey = join(home.configuration, `${id}_public_key.pem`)
    const environment = victor ? ['--environment', 'staging'] : []
    await using emulator = await startEmulator(id, ['--register', `${id}=${publicKey}`, ...environment])
    {
      using init = home.run('init', id)
      await init.answer('Name of the profile', enter)
      await init.answer(`There is a profile ${id} already. Change it?`, enter)
      await init.answer('Which environment?', down, enter)
      await init.answer('Base URL', emulator.baseUrl, enter)
      if (victor) {
        await init.answer('The environment that made the key', enter)
        await init.answer('Which credentials?', enter)
      }
      await init.answer('Private key?', enter)
      await init.answer('Private key: path of the file', enter)
      for (const [name, title] of Object.entries(ids))
        await init.answer(title, emulator.credentials[name] ?? '', enter)
      await init.answer('Anything else?', enter)
      await init.screen.sees('none failed')
      expect(await init.ended).toMatchObject({ exitCode: 0 })
    }
    await isHealthy(home, id)
    await isAnswered(home, id, path, answer)
  })

  test('paymentsgate: the credentials file is named, and used', async () => {
    await using home = await createHome()
    await using emulator = await startEmulator('paymentsgate', [])
    const { accountId, publicKey } = emulator.credentials
    const credentials = await home.file(
      'credentials.json',
      JSON.stringify({ account_id: accountId, public_key: publicKey }),
    )
    {
      using init = home.run('init', 'paymentsgate')
      await init.answer('Name of the profile', enter)
      await init.answer('Which environment?', down, enter)
      await init.answer('Base URL', emulator.baseUrl, enter)
      await init.answer('Which credentials?', enter)
      await init.answer('Credentials file: path of the file', credentials, enter)
      await init.answer('Anything else?', enter)
      await init.screen.sees('none failed')
      expect(await init.ended).toMatchObject({ exitCode: 0 })
    }
    await isHealthy(home, 'paymentsgate')
    await isAnswered(home, 'paymentsgate', 'deals/emulated-deal-1', 'emulated-deal-1')
  })
})
