import {
  createEmulator,
  createEmulatorClock,
  createRegisteredKeys,
  type EmulatedRequest,
  type Emulator,
  type EmulatorOptions,
  jsonResponse,
  readJsonObject,
} from '@countersign/core/emulator'
import type { Verdict } from '@countersign/core/provider'
import { toUtglPage, utglLists } from './utgl-emulator-lists.ts'
import { createUtglWebhooks, type UtglWebhooks } from './utgl-emulator-webhooks.ts'
import { utglRules } from './utgl-rules.ts'

/** What `register` returns, under the option names. */
export interface UtglEmulatorCredentials {
  accessKey: string
}

/** UTGL's side of the API, and the webhooks that it sends. */
export type UtglEmulator = Emulator<UtglEmulatorCredentials> & UtglWebhooks

/**
 * UTGL's side: verifies the token of every request, serves the example endpoints, its lists in pages, and signs
 * webhooks.
 *
 * @example
 * ```ts
 * import { createUtgl, generateKeyPair } from '@countersign/utgl'
 * import { createUtglEmulator } from '@countersign/utgl/emulator'
 *
 * const { privateKey, publicKey } = await generateKeyPair()
 * const emulator = createUtglEmulator()
 * const credentials = await emulator.register(publicKey)
 * const utgl = createUtgl({ ...credentials, privateKey, fetch: emulator.fetch })
 *
 * const { request } = await emulator.webhook({ id: 'event-1', type: 'card.created' })
 * ```
 */
export function createUtglEmulator(options: EmulatorOptions = {}): UtglEmulator {
  const clock = createEmulatorClock(options.clock)
  const keys = createRegisteredKeys('utgl', 'RS256')
  const emulator = createEmulator<UtglEmulatorCredentials>(
    {
      provider: 'utgl',
      rules: utglRules,
      basePath: '/v1',
      clock,
      endpointOf: () => 'api',
      async register(publicKey, kept) {
        const accessKey = kept?.accessKey ?? crypto.randomUUID()
        await keys.add(accessKey, publicKey)
        return { accessKey }
      },
      gather: ({ credential }, { jwt }) => keys.judge(jwt?.claims.sub, credential),
      identify: (_request, { jwt }) => ({ accessKey: jwt?.claims.sub }),
      refuse,
      answer: answerApi,
    },
    options,
  )
  return { ...emulator, ...createUtglWebhooks() }
}

const limits = { 'x-ratelimit-limit': '100', 'x-ratelimit-remaining': '99', 'x-ratelimit-reset': '1000' }

function headers(): Record<string, string> {
  return { ...limits, 'x-request-id': crypto.randomUUID() }
}

function answerApi(request: EmulatedRequest): Response {
  const { method, path, url, body } = request
  const ok = (answer: unknown) => jsonResponse(200, answer, headers())
  const invalid = (message: string) => jsonResponse(400, { code: 'INVALID_REQUEST', message }, headers())
  const list = method === 'GET' ? utglLists.get(path) : undefined
  if (list !== undefined) {
    const page = toUtglPage(list, request)
    return 'problem' in page ? invalid(page.problem) : ok(page)
  }
  switch (`${method} ${path}`) {
    case 'GET /ping':
      return ok({ message: 'pong' })
    case 'POST /ping':
      return ok({ message: 'pong', received: readJsonObject(body) ?? null })
    case 'GET /cards/card-sensitive-info': {
      const missing = ['cardAccountId', 'cardId', 'ipAddress'].find((name) => !url.searchParams.has(name))
      if (missing === undefined)
        return ok({ cardId: url.searchParams.get('cardId'), number: '4000 0000 0000 0000 (emulated)' })
      return invalid(`${missing} is missing`)
    }
    default:
      return jsonResponse(404, { code: 'NOT_FOUND', message: 'no such endpoint' }, headers())
  }
}

function refuse(_rule: Verdict, message: string): Response {
  return jsonResponse(401, { code: 'INVALID_SIGNATURE', message }, headers())
}
