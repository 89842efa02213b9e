import { readAuthorization } from '@countersign/core/emulator'
import type { FlowMistake } from '@countersign/core/provider'
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
  mistake: FlowMistake
}

/** A mistake with every provider. */
const inventedToken: FlowMistake = {
  what: 'a token that was never issued',
  change: { scheme: 'Bearer', credential: 'made-up' },
}

/** The flows of a provider, in the order of its sets of credentials. */
export function demoFlowsOf(loaded: LoadedProvider): DemoFlow[] {
  return flowsOf(loaded).map(({ name, info, provider, options }) => ({
    id: provider.id,
    title: info.title ?? (provider.credentialSets.length === 1 ? provider.title : name),
    options,
    mistake: info.mistake ?? inventedToken,
  }))
}

/** The request of a mistake: one that was sent, with what the mistake changes. */
export function toMistaken(
  { request = 'last', change = {} }: FlowMistake,
  sent: Readonly<Record<'first' | 'last', RecordedRequest>>,
  baseUrl: string,
): Request {
  const { url, method, headers: sentHeaders, body: sentBody } = sent[request]
  const headers = new Headers(sentHeaders)
  const { scheme, credential } = readAuthorization(headers)
  if (change.scheme !== undefined || change.credential !== undefined)
    headers.set('authorization', `${change.scheme ?? scheme} ${change.credential ?? credential}`)
  const body = change.body ?? (sentBody.length === 0 ? undefined : (sentBody as Uint8Array<ArrayBuffer>))
  return new Request(change.path === undefined ? url : `${baseUrl}/${change.path}`, {
    method: change.method ?? method,
    headers,
    ...(body !== undefined && { body }),
  })
}
