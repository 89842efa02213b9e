import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { marker, numRuns, valueOrRefusal } from '@countersign/fixtures'
import fc from 'fast-check'
import { stringify } from 'smol-toml'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseClockChange } from '../src/emulator/clock.ts'
import { parseFaults, readFaultBody } from '../src/emulator/faults.ts'
import { parseExactJson } from '../src/exact-json.ts'
import { parseSubject } from '../src/keys/subject.ts'
import { chooseProxy } from '../src/network/choose-proxy.ts'
import { parseConfig } from '../src/profiles/parse-config.ts'
import { findDocument } from '../src/profiles/read-document.ts'
import { loadProviders } from '../src/providers.ts'
import { checkCaller, checkRequest } from '../src/proxy/access-check.ts'
import { type AllowRule, checkAllowed, collectAllow } from '../src/proxy/allow.ts'
import { toProviderHeaders } from '../src/proxy/headers.ts'
import { loopbackHosts } from '../src/proxy/host-check.ts'
import { parseMounts } from '../src/proxy/mounts.ts'
import { parseFormWord } from '../src/request/form.ts'
import { toRetryDelay } from '../src/request/retry.ts'
import { shellQuote } from '../src/shell-quote.ts'
import { askPublicKey, askSignature, readAnswer, readSignature } from '../src/signer/signer-protocol.ts'
import { splitWords } from '../src/signer/split-words.ts'
import { createDiskTokenStore } from '../src/token-cache/disk-token-store.ts'
import { createTokenSeal } from '../src/token-cache/token-seal.ts'
import { parseStoreAddress } from '../src/token-store/address.ts'

const now = Date.UTC(2026, 0, 2, 3, 4, 5)
const refusals = ['CONFIG_INVALID']
const any = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.string({ unit: 'binary', maxLength: 20 }).map((text) => `${marker}${text}`),
)
/** Texts made of pieces that the parser knows, in any order. */
const madeOf = (...pieces: string[]) =>
  fc
    .array(fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...pieces) }, fc.string({ maxLength: 4 })), {
      maxLength: 12,
    })
    .map((parts) => parts.join(''))
const check = <Input>(input: fc.Arbitrary<Input>, holds: (input: Input) => Promise<void> | void) =>
  fc.assert(
    fc.asyncProperty(input, async (given) => holds(given)),
    { numRuns },
  )

describe('a profile file', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parsers-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const names = fc.constantFrom(
    'provider',
    'accessKey',
    'privateKey',
    'baseUrl',
    'lifetimeSeconds',
    '__proto__',
  )
  const value = fc.oneof(
    fc.constantFrom<unknown>('utgl', 'cdata', 'emulator', marker, `./${marker}.pem`, 30, -1, true),
    fc.array(fc.string({ maxLength: 5 }), { maxLength: 3 }),
  )
  const document = fc.record(
    {
      profiles: fc.dictionary(fc.constantFrom('a', 'work', 'x y', '__proto__'), fc.dictionary(names, value)),
      defaults: fc.dictionary(fc.constantFrom('utgl', 'cdata', 'nobody'), fc.constantFrom('a', 'work')),
      providers: fc.oneof(value, fc.constant(['@acme/billing'])),
    },
    { requiredKeys: [] },
  )
  const broken = (text: fc.Arbitrary<string>) =>
    fc
      .record({
        text,
        at: fc.nat(200),
        length: fc.nat(5),
        piece: fc.string({ unit: 'binary', maxLength: 5 }),
      })
      .map(({ text, at, length, piece }) => text.slice(0, at) + piece + text.slice(at + length))
  const forms = {
    toml: document.map((content) => stringify(content)),
    json: document.map((content) => JSON.stringify(content)),
  }

  test.each(['toml', 'json'] as const)(
    'of %s is profiles, or is refused without its values',
    async (format) => {
      const providers = await loadProviders()
      const text = fc.oneof(forms[format], broken(forms[format]), any)
      const file = join(folder, `countersign.${format}`)
      await check(fc.tuple(text, fc.boolean(), fc.boolean()), async ([content, local, othersMayExist]) => {
        await writeFile(file, content)
        const config = await valueOrRefusal(async () => {
          const found = await findDocument(folder)
          const options = { path: file, local, providers, othersMayExist }
          return parseConfig((await found?.parse()) ?? {}, options)
        }, refusals)
        for (const profile of config?.profiles ?? []) expect(typeof profile.provider).toBe('string')
      })
      await rm(file)
    },
  )
})

describe('a program that signs', () => {
  test('answers with a value, a refusal or a problem, whatever its line is', async () => {
    const questions = [askPublicKey('RS256', undefined), askSignature(Uint8Array.of(1), 'RS256', 'kid')]
    const members = fc.dictionary(
      fc.constantFrom('version', 'publicKey', 'signature', 'error', '__proto__'),
      fc.oneof(fc.anything(), fc.constantFrom<unknown>(1, null, marker, 'c2ln')),
    )
    const line = fc.oneof(
      any,
      fc.json(),
      members.map((content) => JSON.stringify(content, (_name, it) => (typeof it === 'bigint' ? 1 : it))),
    )
    await check(line, (text) => {
      for (const question of questions) {
        const answer = readAnswer(text, question)
        if ('problem' in answer) expect(`${answer.problem}${answer.hint}`).not.toContain(marker)
        else if ('refusal' in answer) expect(typeof answer.refusal).toBe('string')
        else {
          const signature = readSignature(answer.value)
          if (signature instanceof Uint8Array) expect(signature.length).toBeLessThanOrEqual(text.length)
          else expect(signature.problem).not.toContain(marker)
        }
      }
    })
  })

  // Such an object cannot be made a text, which ended the command with an error of the platform.
  test('refuses with an object, which is quoted as JSON', () => {
    const question = askPublicKey('RS256', undefined)
    expect(readAnswer('{"error":{"toString":1}}', question)).toEqual({ refusal: '{"toString":1}' })
    expect(readAnswer('{"error":"No session."}', question)).toEqual({ refusal: 'No session.' })
  })

  test('signs with bytes that are read as they were written', async () => {
    const question = askSignature(Uint8Array.of(1), 'RS256', undefined)
    await check(fc.uint8Array({ minLength: 2, maxLength: 512 }), (bytes) => {
      const line = JSON.stringify({ signature: Buffer.from(bytes).toString('base64url') })
      const answer = readAnswer(line, question)
      expect('value' in answer && readSignature(answer.value)).toEqual(bytes)
    })
  })

  test('is named by words that are split as they were quoted', async () => {
    const word = fc
      .oneof(fc.string({ unit: 'binary', maxLength: 20 }), madeOf('\\', '$', '"', "'", '`', ' ', '&'))
      .filter((text) => text !== '')
    await check(fc.array(word, { minLength: 1, maxLength: 5 }), (words) => {
      expect(splitWords(words.map(shellQuote).join(' '))).toEqual({ words })
    })
    await check(fc.oneof(any, madeOf('"', "'", '\\', ' ', '$', '(', 'sign')), (text) => {
      const split = splitWords(text)
      expect('problem' in split ? split.problem : split.words.length).not.toBe(0)
    })
  })
})

describe('the address of a token store', () => {
  const host = fc.oneof(
    fc.domain(),
    fc.ipV4(),
    fc.ipV6().map((address) => `[${address}]`),
  )
  const part = fc.stringMatching(/^[\w.!~*'()-]{1,12}$/)

  test('is read as it was put together', async () => {
    const parts = fc.record({
      host,
      port: fc.integer({ min: 1, max: 65_535 }),
      user: part,
      password: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
      database: fc.nat(9_999),
      tls: fc.boolean(),
    })
    await check(parts, ({ host, port, user, password, database, tls }) => {
      const text = `redis${tls ? 's' : ''}://${user}:${encodeURIComponent(password)}@${host}:${port}/${database}`
      const { nodes, ...read } = parseStoreAddress(text, 'COUNTERSIGN_TOKEN_STORE')
      expect(nodes).toEqual([{ host: host.replace(/^\[|\]$/g, ''), port }])
      expect(read).toEqual({ kind: 'single', tls, user, password, database, master: undefined })
    })
  })

  test('is an address that can exist, or is refused without a word of it', async () => {
    const text = fc.oneof(
      madeOf(
        'redis',
        'rediss',
        '+sentinel',
        '+cluster',
        '://',
        '@',
        ':',
        ',',
        '/',
        '%',
        '[',
        '::1',
        ']',
        '6379',
        marker,
      ),
      any.map((rest) => `redis://${rest}`),
      fc.nat(99_999).map((port) => `redis://${marker}:${port}`),
      any.map((rest) => `redis+sentinel://user:${marker}@host,${rest}/master`),
    )
    const origin = fc.constantFrom('--token-store', 'COUNTERSIGN_TOKEN_STORE')
    await check(fc.tuple(text, origin), async ([address, from]) => {
      const read = await valueOrRefusal(() => parseStoreAddress(address, from as '--token-store'), refusals)
      for (const { port } of read?.nodes ?? []) expect(port > 0 && port < 65_536).toBe(true)
      if (from === '--token-store') expect(read?.password).toBeUndefined()
    })
  })
})

describe('what the emulators are told', () => {
  test('are faults, or a refusal', async () => {
    const word = madeOf(
      ...['status:503', 'retry-after:7', 'delay:2s', 'hang', 'reset', '+', ',', '*2', '@token', '@', ':'],
      ...['date-skew:-90s', 'content-type:', 'redirect:https://x/', 'truncate', 'malformed-json'],
    )
    await check(fc.oneof(word, any), async (text) => {
      const faults = await valueOrRefusal(() => parseFaults(text), refusals)
      expect(faults?.length).not.toBe(0)
    })
    await check(fc.anything(), (body) => {
      const read = readFaultBody(body)
      expect('problem' in read ? read.problem : typeof read.value.fault).not.toBe('')
    })
  })

  test('is a time within what dates can say, or a refusal', async () => {
    const text = madeOf(
      '+',
      '-',
      '10',
      '90s',
      'm',
      '2026-01-02',
      'T',
      '03:04:05',
      'Z',
      '+02:00',
      '.5',
      '9'.repeat(30),
    )
    const far = fc.bigInt({ min: 0n }).map((days) => `-${days}d`)
    await check(fc.oneof(text, far, any), async (time) => {
      const change = await valueOrRefusal(() => parseClockChange(time, '--clock'), refusals)
      const [milliseconds = 0] = Object.values(change ?? {})
      expect(Math.abs(milliseconds)).toBeLessThan(Date.UTC(10_000, 0))
    })
  })
})

describe('what comes to the proxy', () => {
  const name = fc.constantFrom(
    ...[
      'host',
      'origin',
      'authorization',
      'x-countersign-secret',
      'upgrade',
      'transfer-encoding',
      'connection',
    ],
    ...['content-length', 'x_original_url', 'x-http-method-override', 'cookie', 'range', '__proto__'],
  )
  const content = fc.oneof(
    fc.constantFrom(
      'localhost',
      'Bearer x',
      'Basic !!',
      'Basic OmE=',
      'websocket',
      'chunked',
      'close, cookie',
      '-1',
      marker,
    ),
    fc.stringMatching(/^[\x20-\x7e\x80-\xff]{0,30}$/),
  )
  const target = fc.oneof(
    madeOf(
      '/',
      'v1',
      '..',
      '%2e',
      '%2f',
      '%',
      '?',
      '#',
      ';',
      '\\',
      '//',
      'cards',
      '*',
      '\x7f',
      'ü',
      'http://x',
    ),
    madeOf('..', '%2e', '%', '?', '#', ';', '\\', '/', 'cards', 'ü', ' ').map((path) => `/v1/${path}`),
    any,
  )
  const head = fc.record({
    method: fc.constantFrom('GET', 'POST', 'get', 'CONNECT', 'TRACE', 'M-SEARCH', ''),
    url: target,
    headers: fc.dictionary(name, content),
    hosts: fc.array(content, { maxLength: 2 }),
  })

  test('is passed on or refused, and what is passed on is what was asked for', async () => {
    const gate = { hosts: loopbackHosts, secret: { value: marker, made: true } }
    const rules = collectAllow('GET,POST /v1/*')
    await check(head, ({ hosts, ...given }) => {
      const request = { ...given, headersDistinct: { host: hosts } } as unknown as IncomingMessage
      const caller = checkCaller(request, gate)
      const [unfit, unlisted] = [checkRequest(request), checkAllowed(rules, request, given.url)]
      for (const refusal of [caller, unfit, unlisted])
        expect(JSON.stringify(refusal) ?? '').not.toContain(marker)
      if (unlisted === undefined) expect(given.url).toMatch(/^\/v1\//)
      if (unfit !== undefined) return
      const { pathname, search } = new URL(`http://localhost${given.url}`)
      expect(`${pathname}${search}`).toBe(given.url)
    })
  })

  test('has its headers read, those that are the own of the proxy left out', async () => {
    const raw = fc
      .array(fc.tuple(name, content), { maxLength: 8 })
      .map((pairs) => pairs.filter(([header]) => header !== '__proto__').flat())
    await check(raw, (headers) => {
      const passed = toProviderHeaders(headers)
      for (const own of ['authorization', 'host', 'x-countersign-secret', 'connection'])
        expect(passed.has(own)).toBe(false)
    })
  })

  test('is compared with rules that say what they are, or are refused', async () => {
    const rule = fc.oneof(
      madeOf('GET', ',', ' ', '/', 'v1', '{id}', '*', '{', '..', '%2f', '/eu=', ':80'),
      any,
    )
    await check(fc.tuple(rule, target), async ([text, path]) => {
      const rules = await valueOrRefusal(() => collectAllow(text), refusals)
      if (rules === undefined) return
      const [{ text: shown }] = rules as [AllowRule]
      expect(text.toUpperCase()).toContain(shown.split(' ')[0])
      checkAllowed(rules, { method: 'GET', headers: {} }, path)
    })
  })

  test('is for a place that is mounted, or the place is refused', async () => {
    const mount = fc.oneof(
      madeOf('/', 'eu', ':', '4801', '=', 'utgl', 'work', '..', '_countersign', '99999'),
      madeOf('/', 'eu', '..', '_countersign', '~', ';', '//').map((path) => `/${path}=utgl`),
      any,
    )
    await check(fc.array(mount, { minLength: 1, maxLength: 3 }), async (mounts) => {
      const specs = await valueOrRefusal(() => parseMounts([], mounts), refusals)
      for (const { prefix } of specs ?? []) {
        expect(prefix).toMatch(/^(?:\/(?!_countersign(?:\/|$))[\w.~-]+)?(?:\/[\w.~-]+)*$/)
        expect(new URL(`http://localhost${prefix}`).pathname).toBe(prefix === '' ? '/' : prefix)
      }
    })
  })
})

describe('what a response and the environment say', () => {
  test('is a wait of some length, whatever the headers are', async () => {
    const text = fc.oneof(
      fc.integer().map(String),
      fc.double().map(String),
      fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
      fc.stringMatching(/^[\x21-\x7e]{0,30}$/),
      fc.constantFrom('9'.repeat(400), 'soon 1', '1.5', '0x10', '-5', '1e3', 'Fri, 02 Jan 2026 03:05:05 GMT'),
    )
    const headers = fc.dictionary(fc.constantFrom('retry-after', 'x-ratelimit-reset', 'date'), text)
    const unit = fc.constantFrom('seconds', 'milliseconds')
    await check(fc.tuple(headers, fc.nat(5), unit), ([given, attempt, rateLimitReset]) => {
      const waitMs = toRetryDelay(new Headers(given), attempt, { rateLimitReset }, now)
      expect(waitMs).toBeGreaterThanOrEqual(0)
      const after = given['retry-after'] ?? ''
      // Only a number of seconds and a date of HTTP say how long; any other text is as if it were not there.
      if (!/^\s*\d+\s*$/.test(after) && !/GMT$/.test(after) && given['x-ratelimit-reset'] === undefined)
        expect(waitMs).toBe(300 * 2 ** attempt)
    })
  })

  test('is a proxy with an address of http, or none', async () => {
    const env = fc.dictionary(
      fc.constantFrom('https_proxy', 'HTTPS_PROXY', 'http_proxy', 'no_proxy', 'NO_PROXY'),
      fc.oneof(
        madeOf('http://', 'user:', marker, '@', 'proxy', ':8080', '[::1]', '/', '.', '*', '10.0.0.0/8'),
        any,
      ),
    )
    await check(env, (variables) => {
      const { url } = chooseProxy(new URL('https://10.1.2.3/'), variables) ?? {}
      expect(url?.protocol ?? 'http:').toMatch(/^https?:$/)
    })
  })
})

describe('what is written in arguments', () => {
  test('keeps every digit of its numbers', async () => {
    const number = fc.stringMatching(/^-?(?:0|[1-9]\d{0,40})(?:\.\d{1,30})?(?:e[+-]?\d{1,4})?$/)
    await check(fc.array(number, { maxLength: 5 }), (numbers) => {
      const text = `{"list":[${numbers.join(',')}]}`
      const written = JSON.stringify(parseExactJson(text))
      const values = written.slice('{"list":['.length, -2)
      const list = values === '' ? [] : values.split(',')
      // Either the same text, or a number that JavaScript writes in another way and that is the same.
      for (const [index, value] of list.entries())
        expect(value === numbers[index] || Number(value) === Number(numbers[index])).toBe(true)
    })
    await check(fc.oneof(fc.json(), any), (text) => {
      const read = (parse: (text: string) => unknown) => {
        try {
          return [JSON.parse(JSON.stringify(parse(text)))]
        } catch (error) {
          return (error as Error).name
        }
      }
      expect(read(parseExactJson)).toEqual(read(JSON.parse))
    })
  })

  test('is a subject or a part of a form, or is refused', async () => {
    await check(fc.oneof(madeOf('CN', '=', ',', '\\', 'O', ' ', 'a'), any), async (text) => {
      const subject = await valueOrRefusal(() => parseSubject(text), refusals)
      for (const { value } of subject ?? []) expect(value).not.toBe('')
    })
    await check(
      fc.oneof(madeOf('a', '=', '@', '<', ';type=', 'text/plain', ';filename=', '"', '\\'), any),
      async (text) => {
        const word = await valueOrRefusal(() => parseFormWord(text), refusals)
        if (word !== undefined) expect(text.startsWith(`${word.name}=`)).toBe(true)
      },
    )
  })

  test('is the value of an option, or a problem that does not repeat it', async () => {
    const fields = (await loadProviders()).flatMap(({ id, fields: own }) =>
      Object.entries(own).map(([name, field]) => ({ name: `${id} ${name}`, field })),
    )
    const members = fc.constantFrom(
      'token',
      'scheme',
      'expiry',
      'member',
      'form',
      'iso',
      'seconds',
      '__proto__',
    )
    const objects = fc
      .dictionary(members, fc.oneof(fc.jsonValue(), any))
      .map((value) => JSON.stringify(value))
    await check(fc.tuple(fc.constantFrom(...fields), fc.oneof(any, objects, fc.json())), ([option, text]) => {
      const checked = option.field.check(text)
      if ('problem' in checked) expect(`${option.name} ${checked.problem}`).not.toContain(marker)
    })
  })
})

describe('what is in the folder of kept tokens', () => {
  const secret = new TextEncoder().encode('a secret of a credential')
  const seal = createTokenSeal(secret)
  let directory = ''
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kept-tokens-'))
  })
  afterAll(() => rm(directory, { recursive: true, force: true }))

  test('opens as it was closed, and not when a character of it differs', async () => {
    const changed = fc.record({ text: any, at: fc.nat(), other: fc.string({ minLength: 1, maxLength: 1 }) })
    await check(changed, ({ text, at, other }) => {
      const closed = seal.close(text)
      // The UTF-8 of half a surrogate pair is that of a replacement character.
      expect(seal.open(closed)).toBe(text.toWellFormed())
      const index = at % closed.length
      const damaged = `${closed.slice(0, index)}${other}${closed.slice(index + 1)}`
      const spelling = (sealed: string) =>
        sealed
          .split('.')
          .map((part, place) => (place === 0 ? part : Buffer.from(part, 'base64url').toString('hex')))
      if (spelling(damaged).join() !== spelling(closed).join()) expect(() => seal.open(damaged)).toThrow()
    })
  })

  test('is a token of ours, or as good as none', async () => {
    const key = '0'.repeat(64)
    const store = createDiskTokenStore({ directory, secret, now: () => now })
    const content = fc.oneof(
      any,
      fc.json(),
      madeOf(seal.close('{}').split('.')[0] ?? '', '.', '..', 'AAAA', '\n'),
      fc.json().map((text) => seal.close(text)),
    )
    await fc.assert(
      fc.asyncProperty(content, fc.integer({ min: 1, max: 3 }), async (text, number) => {
        // With its end, as a file is that nobody is writing.
        await writeFile(join(directory, `${key}.${number}.jwe`), `${text}\n`)
        expect(await store.get(key)).toBeUndefined()
      }),
      { numRuns: numRuns / 10 },
    )
  })
})
