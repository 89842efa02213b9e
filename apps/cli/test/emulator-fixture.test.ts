import { CountersignError } from '@countersign/core'
import { createSpeeda } from '@countersign/speeda'
import { createFixedClock } from '@countersign/testing'
import { expect, test } from 'vitest'
import { providerNames } from '../src/providers.ts'
import { runCommand } from './run-command.ts'
import { servedAt, withEmulator } from './with-emulator.ts'

/** Statuses of so many requests in turn; what is not answered is `broken`. */
async function statuses(url: string, count: number, init: RequestInit = {}): Promise<unknown[]> {
  const seen: unknown[] = []
  for (let number = 0; number < count; number++)
    seen.push(
      await fetch(url, { redirect: 'manual', ...init })
        .then(({ status }) => status)
        .catch(() => 'broken'),
    )
  return seen
}

test('--fault plays faults so many times or for good, at one endpoint or all, and the log names them', async () => {
  const faults = [
    '--fault',
    'speeda=status:503+retry-after:7*2@token,status:418@api',
    '--fault',
    'utgl=reset*1',
  ]
  const { stderr } = await withEmulator(['--json', ...faults], async (served) => {
    const { baseUrl } = servedAt(served, 'speeda')
    const token = (await fetch(`${baseUrl}/token`, { method: 'POST' })).headers
    expect(token.get('retry-after')).toBe('7')
    expect(await statuses(`${baseUrl}/token`, 3, { method: 'POST' })).toEqual([503, 400, 400])
    expect(await statuses(`${baseUrl}/private-company/v1/companies`, 3)).toEqual([418, 418, 418])
    const utgl = servedAt(served, 'utgl')
    expect(await statuses(`${utgl.baseUrl}/ping`, 2)).toEqual(['broken', 401])
    expect(await statuses(`${servedAt(served, 'victor').baseUrl}/v2/accounts`, 1)).toEqual([401])
  })
  expect(stderr).toContain('speeda POST /speeda/token 503 (token, fault: status+headers)\n')
  expect(stderr).toContain('utgl GET /utgl/v1/ping no answer (api, fault: reset)\n')
})

test('an adapter gets over what --fault begins with', async () => {
  const faults = 'speeda=status:503*1@token,truncate*1@api'
  await withEmulator(['speeda', '--json', '--fault', faults], async (served) => {
    const { baseUrl, credentials } = servedAt(served, 'speeda')
    const { clientId = '', keyId = '', privateKey = '' } = credentials
    const speeda = createSpeeda({ baseUrl, clientId, keyId, privateKey })
    const get = () => speeda.api.get('private-company/v1/companies').json()
    const failure = await get().catch((error: unknown) => error)
    expect(CountersignError.isInstance(failure) && failure.code).toBe('NETWORK')
    expect(await get()).toBeTypeOf('object')
  })
})

test('each word of --fault does what it says', async () => {
  const words =
    'delay:1ms*1,malformed-json*1,content-type:text/html*1,redirect:https://elsewhere.example/*1,date-skew:-90s*1,truncate*1'
  const clock = createFixedClock()
  const check: Parameters<typeof withEmulator>[1] = async (served) => {
    const url = `${servedAt(served, 'victor').baseUrl}/v2/accounts`
    const ask = () => fetch(url, { redirect: 'manual' })
    expect((await ask()).status).toBe(401)
    expect(await (await ask()).text()).toContain('oops')
    expect((await ask()).headers.get('content-type')).toBe('text/html')
    expect((await ask()).headers.get('location')).toBe('https://elsewhere.example/')
    expect(Date.parse((await ask()).headers.get('date') ?? '')).toBe(clock.now() - 90_000)
    const half = await ask()
    expect(half.status).toBe(401)
    await expect(half.text()).rejects.toThrow('terminated')
  }
  await withEmulator(['victor', '--json', '--fault', `victor=${words}`], check, { clock })
})

test('what came before a truncated answer broke off reaches the caller, and nothing is printed', async () => {
  const { stderr } = await withEmulator(
    ['victor', '--json', '--fault', 'victor=truncate'],
    async (served) => {
      const { body } = await fetch(`${servedAt(served, 'victor').baseUrl}/v2/accounts`)
      const { value } = (await body?.getReader().read()) ?? {}
      expect(new TextDecoder().decode(value)).toMatch(/^\{"/)
    },
  )
  expect(stderr).not.toMatch(/Error|at /)
})

test('--clock moves all clocks, or one that then has its own, and they run on', async () => {
  const clocks = ['--clock', '+10m', '--clock', 'utgl=2026-01-01T02:00:00+02:00', '--clock', 'speeda=-90s']
  const clock = createFixedClock()
  const check: Parameters<typeof withEmulator>[1] = async (served) => {
    const dateOf = async (id: string) => {
      const { headers } = await fetch(servedAt(served, id).baseUrl)
      return Date.parse(headers.get('date') ?? '')
    }
    expect(await dateOf('victor')).toBe(clock.now() + 600_000)
    expect(await dateOf('speeda')).toBe(clock.now() - 90_000)
    expect(await dateOf('utgl')).toBe(Date.parse('2026-01-01T00:00:00Z'))
    clock.advance(30_000)
    expect(await dateOf('utgl')).toBe(Date.parse('2026-01-01T00:00:30Z'))
  }
  await withEmulator(['utgl', 'speeda', 'victor', '--json', ...clocks], check, { clock })
})

test('an adapter follows a clock that is off', async () => {
  await withEmulator(['speeda', '--json', '--clock', '-1h'], async (served) => {
    const { baseUrl, credentials } = servedAt(served, 'speeda')
    const { clientId = '', keyId = '', privateKey = '' } = credentials
    const events: string[] = []
    const onEvent = ({ type }: { type: string }) => void events.push(type)
    const speeda = createSpeeda({ baseUrl, clientId, keyId, privateKey, onEvent })
    expect((await speeda.fetch(`${baseUrl}/private-company/v1/companies`)).status).toBe(200)
    expect(events).toContain('clock.adjusted')
  })
})

test.each([
  ['--fault', 'status:503', '<provider>=<fault>'],
  ['--fault', 'nobody=hang', providerNames()],
  ['--fault', 'cdata=hang', 'not started'],
  ['--fault', 'speeda=explode', 'Faults: status:503, retry-after:7, delay:2s, hang'],
  ['--fault', 'speeda=', '<provider>=<fault>'],
  ['--fault', 'speeda=hang:5', 'unknown fault'],
  ['--fault', 'speeda=status', 'unknown fault'],
  ['--fault', 'speeda=status:99', 'status must be 200 or more'],
  ['--fault', 'speeda=hang*0', 'times must be 1 or more'],
  ['--fault', 'speeda=hang*2*3', 'contains * twice'],
  ['--fault', 'speeda=hang@token@api', 'contains @ twice'],
  ['--fault', 'speeda=hang+hang', 'contains hang twice'],
  ['--fault', 'speeda=hang@entrance', 'on must be one of token, refresh, api'],
  ['--fault', 'speeda=hang@refresh', 'speeda has token, api'],
  ['--fault', 'speeda=retry-after:7', 'need a status'],
  ['--fault', 'speeda=status:200+redirect:/x', 'from 300 to 399'],
  ['--fault', 'speeda=status:1e2', 'status must be a whole number'],
  ['--fault', 'speeda=delay:soon', 'a duration such as 60s'],
  ['--fault', 'speeda=delay:2h', 'delayMs must be 3600000 or less'],
  ['--fault', 'speeda=date-skew:90s', 'a sign and a duration'],
  ['--fault', 'speeda=redirect:ü', 'visible ASCII'],
  ['--clock', '10m', '+10m, -90s, or a time with its zone'],
  ['--clock', '2026-01-01T00:00:00', 'with its zone'],
  ['--clock', '2026-13-01T00:00:00Z', 'with its zone'],
  ['--clock', '2026-02-30T00:00:00Z', 'with its zone'],
  ['--clock', '2026-04-31T23:00:00-05:00', 'with its zone'],
  ['--clock', '+soon', 'a sign and a duration'],
  ['--clock', '+9999999d', 'the years 1970 to 9999'],
  ['--clock', 'cdata=+1m', 'not started'],
  ['--clock', 'speeda=+1m=2', 'a duration such as'],
  ['--clock', 'speeda=', 'with its zone'],
  ['--clock', 'nobody=+1m', providerNames()],
])('%s %s exits 2 and says what there is', async (flag, value, words) => {
  const outcome = await runCommand(['emulator', 'speeda', '--port', '0', flag, value])
  expect(outcome).toMatchObject({ stdout: '', exitCode: 2, stderr: expect.stringContaining(words) })
})

test('the help lists every word of --fault and every resource of the control API', async () => {
  const { faultForms } = await import('../src/emulator/faults.ts')
  const { controlRoutes } = await import('../src/emulator/control.ts')
  const { stdout } = await runCommand(['emulator', '--help'])
  const text = stdout.replace(/\s+/g, ' ')
  for (const form of faultForms) expect(text).toContain(form)
  for (const resource of Object.keys(controlRoutes)) expect(text).toContain(`/${resource}`)
})
