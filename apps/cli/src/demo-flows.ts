import { flowsOf, type LoadedProvider } from '@countersign/providers'
import type { ProviderId } from './providers.ts'
import type { RecordedRequest } from './recording-fetch.ts'

/** One way to prove who calls, and one way to get it wrong. */
export interface DemoFlow {
  id: ProviderId
  /** How the table names it. */
  title: string
  /** The factory's options, from the emulator's credentials. */
  options(known: object): Record<string, unknown>
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

interface Special {
  /** The title, where the provider has several flows or a long name. */
  title?: string
  mistake?: DemoFlow['mistake']
}

/** What shows more of a flow than the mistake that fits every provider, by the name of the flow. */
const special: Readonly<Record<string, Special>> = {
  speeda: { mistake: { what: 'the same assertion again', spoil: ({ first }) => sendAgain(first) } },
  cdata: {
    title: 'CData',
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
  utgl: {
    title: 'UTGL',
    mistake: {
      what: 'the same token for another URI',
      spoil: ({ last }) => {
        const { url, init } = sendAgain(last)
        return { url: new URL(url.href.replace(/ping$/, 'accounts')), init }
      },
    },
  },
  'victor, apiKey': {
    title: 'Victor, client JWT',
    mistake: {
      what: 'the JWT under Bearer',
      spoil: ({ last }) =>
        sendWith(last, (last.headers.get('authorization') ?? '').replace(/^Token/, 'Bearer')),
    },
  },
  'victor, clientId': { title: 'Victor, OAuth key' },
}

const inventedToken: DemoFlow['mistake'] = {
  what: 'a token that was never issued',
  spoil: ({ last }) => sendWith(last, 'Bearer made-up'),
}

/** The flows of a provider, in the order of its sets of credentials. */
export function demoFlowsOf(loaded: LoadedProvider): DemoFlow[] {
  return flowsOf(loaded).map(({ name, provider, options }) => ({
    id: provider.id,
    title: special[name]?.title ?? (provider.credentialSets.length === 1 ? provider.title : name),
    options,
    mistake: special[name]?.mistake ?? inventedToken,
  }))
}
