import type { ProviderId } from './providers.ts'
import type { RecordedRequest } from './recording-fetch.ts'

/** One way to prove who calls, and one way to get it wrong. */
export interface DemoFlow {
  id: ProviderId
  /** How the table names it. */
  title: string
  /** Which of the emulator's credentials are used. */
  credentials: readonly string[]
  options?: Readonly<Record<string, unknown>>
  /** A request of this flow, spoilt: the emulator names the rule that it breaks. */
  mistake: {
    what: string
    spoil(sent: { first: RecordedRequest; last: RecordedRequest }): { url: URL; init: RequestInit }
  }
}

function sendAgain({ url, method, headers, body }: RecordedRequest): { url: URL; init: RequestInit } {
  const sent = body.length === 0 ? {} : { body: body as Uint8Array<ArrayBuffer> }
  return { url, init: { method, headers, ...sent } }
}

function sendWith(request: RecordedRequest, authorization: string): { url: URL; init: RequestInit } {
  const { url, init } = sendAgain(request)
  return { url, init: { ...init, headers: { authorization } } }
}

/** All flows, in the order of the table. */
export const demoFlows: readonly DemoFlow[] = [
  {
    id: 'speeda',
    title: 'Speeda',
    credentials: ['clientId', 'keyId', 'privateKey'],
    mistake: { what: 'the same assertion again', spoil: ({ first }) => sendAgain(first) },
  },
  {
    id: 'cdata',
    title: 'CData',
    credentials: ['accountId', 'privateKey'],
    mistake: {
      what: 'a query without a sub-account',
      spoil: ({ last }) => {
        const { url, init } = sendAgain(last)
        return {
          url: new URL(url.href.replace('poweredby/account/list', 'query')),
          init: { ...init, method: 'POST', body: '{"query":"SELECT 1"}' },
        }
      },
    },
  },
  {
    id: 'utgl',
    title: 'UTGL',
    credentials: ['accessKey', 'privateKey'],
    mistake: {
      what: 'the same token for another URI',
      spoil: ({ last }) => {
        const { url, init } = sendAgain(last)
        return { url: new URL(url.href.replace(/ping$/, 'accounts')), init }
      },
    },
  },
  {
    id: 'victor',
    title: 'Victor, client JWT',
    credentials: ['apiKey', 'privateKey'],
    options: { environment: 'production' },
    mistake: {
      what: 'the JWT under Bearer',
      spoil: ({ last }) =>
        sendWith(last, (last.headers.get('authorization') ?? '').replace(/^Token/, 'Bearer')),
    },
  },
  {
    id: 'victor',
    title: 'Victor, OAuth key',
    credentials: ['clientId', 'clientSecret'],
    options: { environment: 'production' },
    mistake: { what: 'a token that was never issued', spoil: ({ last }) => sendWith(last, 'Bearer made-up') },
  },
  {
    id: 'paymentsgate',
    title: 'PaymentsGate',
    credentials: ['accountId', 'publicKey'],
    mistake: { what: 'a token that was never issued', spoil: ({ last }) => sendWith(last, 'Bearer made-up') },
  },
]
