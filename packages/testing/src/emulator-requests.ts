import type { SigningAlgorithm } from '@countersign/core'
import type { EmulatorAccess, HandMadeRequest } from './emulator-scenario.ts'
import { type HandSignature, handMadeJwt, rsaSignature } from './hand-made-jwt.ts'

/** A call of the API. */
export interface EmulatorCall {
  /** Default `GET`. */
  method?: string
  /** Path and query after the base URL. */
  path: string
  /** A string is sent as it is, anything else as JSON. */
  body?: unknown
}

/** A decoded JWT. */
export interface HandMadeParts {
  header: { readonly alg: SigningAlgorithm; readonly [name: string]: unknown }
  claims: Readonly<Record<string, unknown>>
}

/** How a request differs from the right one. */
export interface RequestChange {
  /** Members of the JWT's header; `undefined` leaves one out. */
  header?: object
  /** Claims of the JWT; `undefined` leaves one out. */
  claims?: object
  /** How the JWT is signed. Default: as its right header says, with the registered key. */
  signature?: HandSignature
  /** Makes the JWT that is sent from the right one. */
  jwt?: (right: string) => string
  /** Another call. */
  call?: EmulatorCall
  /** What is sent instead of the call that was signed. */
  sent?: Partial<EmulatorCall>
  /** The scheme of `Authorization`. */
  scheme?: string
  /** What follows the scheme; `null` sends no `Authorization`. */
  credential?: string | null
  /** Members of the token request's body; `undefined` leaves one out. */
  members?: Readonly<Record<string, unknown>>
  /** Headers of the call or of the token request; `undefined` leaves one out. */
  headers?: Readonly<Record<string, string | undefined>>
  /** Anything else of the token request. */
  init?: RequestInit
}

/** A change, or a function that returns it. */
export type Changing<Credentials> =
  | RequestChange
  | ((scenario: EmulatorScenario<Credentials>) => RequestChange)

/** The JWT that proves a request. */
export interface EmulatorJwt<Credentials> {
  /** Where it goes: into `Authorization` of each call, or into the token request. */
  in: 'call' | 'exchange'
  /** Header and claims of a right one. */
  of(scenario: EmulatorAccess<Credentials>, call: Required<EmulatorCall>): HandMadeParts
  /** The longest life that is accepted. */
  maxLifetimeSeconds: number
  /** Whether each is accepted once, by its `jti`. Default false. */
  oneTime?: boolean
  /** Claims that must be text, each with the name of the rule that demands it. */
  texts?: Readonly<Record<string, string>>
  /** Makes it that of an identity that was never registered. */
  stranger: Changing<Credentials>
}

/** The request that a token is issued for. */
export interface EmulatorExchange<Credentials> {
  path: string
  encoding: 'form' | 'json'
  /** Headers of a right one besides `content-type`. */
  headers?(scenario: EmulatorAccess<Credentials>, assertion: string): Readonly<Record<string, string>>
  /** Members of the body of a right one. Default none. */
  members?(scenario: EmulatorAccess<Credentials>, assertion: string): Readonly<Record<string, unknown>>
  /** Members that must be there, each with the name of the rule that demands it. */
  required?: Readonly<Record<string, string>>
  /** The member of the response that holds the token. Default `access_token`. */
  token?: string
  /** How long a token lives. */
  tokenSeconds: number
  /** Makes it that of a client that was never registered, where no JWT says who asks. */
  stranger?: Changing<Credentials>
}

/** What right requests of one provider are made of. */
export interface EmulatorRequests<Credentials> {
  /** The call that is made. */
  call: EmulatorCall
  /** The scheme of `Authorization`. Default `Bearer`. */
  scheme?: string
  /** Headers of a right call besides `authorization` and `content-type`. Default none. */
  headers?(scenario: EmulatorAccess<Credentials>): Readonly<Record<string, string>>
  /** Where requests carry a JWT. */
  jwt?: EmulatorJwt<Credentials>
  /** Where tokens are issued. */
  exchange?: EmulatorExchange<Credentials>
}

/** An emulator, and requests to it that are right but for a change. */
export interface EmulatorScenario<Credentials> extends EmulatorAccess<Credentials> {
  /** A call of the API with its proof: a JWT, or a token that is requested first. */
  call(change?: RequestChange): Promise<Response>
  /** The same, without sending it; the token is requested nevertheless. */
  callRequest(change?: RequestChange): Promise<HandMadeRequest>
  /** A token request. */
  exchange(change?: RequestChange): Promise<Response>
  /** The same, without sending it. */
  exchangeRequest(change?: RequestChange): HandMadeRequest
  /** The token of a right token request. */
  accessToken(): Promise<string>
  /** The JWT of a right request, or one that differs. */
  jwt(change?: RequestChange): string
  /** Header and claims of the JWT of a right request. */
  right(): HandMadeParts
}

/** Adds the provider's requests to an opened emulator. */
export function withRequests<Credentials>(
  access: EmulatorAccess<Credentials>,
  requests: EmulatorRequests<Credentials>,
  privateKey: string,
): EmulatorScenario<Credentials> {
  const { jwt, exchange, scheme = 'Bearer' } = requests
  const rightCall = ({ call }: RequestChange = {}): Required<EmulatorCall> => ({
    method: 'GET',
    body: undefined,
    ...(call ?? requests.call),
  })

  function partsOf(change: RequestChange = {}): HandMadeParts {
    if (jwt === undefined) throw new Error('Requests to this emulator carry no JWT.')
    return jwt.of(access, rightCall(change))
  }

  function jwtOf(change: RequestChange = {}): string {
    const { header, claims } = partsOf(change)
    const token = handMadeJwt(
      { ...header, ...change.header },
      { ...claims, ...change.claims },
      change.signature ?? rsaSignature(privateKey, header.alg),
    )
    return change.jwt?.(token) ?? token
  }

  function exchangeRequest(change: RequestChange = {}): HandMadeRequest {
    if (exchange === undefined) throw new Error('This emulator issues no tokens.')
    const assertion = jwt?.in === 'exchange' ? jwtOf(change) : ''
    const members = { ...exchange.members?.(access, assertion), ...change.members }
    const { headers, body } = encode(members, exchange.encoding)
    const right = { ...exchange.headers?.(access, assertion), ...headers, ...change.init?.headers }
    const all = present({ ...right, ...change.headers })
    return { path: exchange.path, init: { method: 'POST', body, ...change.init, headers: all } }
  }

  async function accessToken(): Promise<string> {
    const response = await access.send(exchangeRequest())
    const members = (await response.json()) as Record<string, unknown>
    return String(members[exchange?.token ?? 'access_token'])
  }

  async function callRequest(change: RequestChange = {}): Promise<HandMadeRequest> {
    const proof = async () => (jwt?.in === 'call' ? jwtOf(change) : accessToken())
    const credential = change.credential === undefined ? await proof() : change.credential
    const { method, path, body } = { ...rightCall(change), ...change.sent }
    const headers = present({
      ...requests.headers?.(access),
      ...(credential === null ? {} : { authorization: `${change.scheme ?? scheme} ${credential}` }),
      ...(body === undefined || typeof body === 'string' ? {} : { 'content-type': 'application/json' }),
      ...change.headers,
    })
    if (body === undefined) return { path, init: { method, headers } }
    return {
      path,
      init: { method, headers, body: typeof body === 'string' ? body : JSON.stringify(body) },
    }
  }

  return {
    ...access,
    accessToken,
    callRequest,
    exchangeRequest,
    jwt: jwtOf,
    right: () => partsOf(),
    call: async (change) => access.send(await callRequest(change)),
    exchange: async (change) => access.send(exchangeRequest(change)),
  }
}

/** Headers without those that are left out. */
function present(headers: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined)) as Record<
    string,
    string
  >
}

/** The body of a token request, with its content type. */
export function encode(
  members: Readonly<Record<string, unknown>>,
  encoding: 'form' | 'json',
): { headers: Record<string, string>; body: string } {
  if (encoding === 'json')
    return { headers: { 'content-type': 'application/json' }, body: JSON.stringify(members) }
  const fields = Object.entries(members).filter(([, value]) => value !== undefined)
  return {
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(fields.map(([name, value]) => [name, String(value)])).toString(),
  }
}
