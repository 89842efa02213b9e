/** An error that a provider answered with. */
export interface ErrorBody {
  /** The code, such as `invalid_client`. */
  code: string
  /** What the provider says about it. */
  description: string
  /** What the standard says about the code. */
  meaning: string | undefined
  source: string
}

const source = 'https://www.rfc-editor.org/rfc/rfc6749#section-5.2'

/** RFC 6749, section 5.2. */
const meanings: Readonly<Record<string, string>> = {
  invalid_request:
    'The token request lacks a parameter, repeats one, or has a value that is not allowed. Compare it with the documentation.',
  invalid_client:
    'The client was not authenticated: it is not registered, or its proof is wrong. Check client id, key and clock.',
  invalid_grant:
    'The grant or the refresh token is invalid, expired, revoked or was issued to another client. Request a new one.',
  unauthorized_client: 'The client must not use this grant type. Ask the provider to allow it.',
  unsupported_grant_type: 'The provider does not know this `grant_type`. Check how it is written.',
  invalid_scope: 'The `scope` is unknown, malformed or more than the client may have.',
  invalid_token: 'The access token is expired, revoked or malformed. Get a new one.',
}

/** The error in a JSON body, which may follow the head of a response; `undefined` when the text is something else. */
export function readErrorBody(text: string): ErrorBody | undefined {
  const response = /^(?:< )?HTTP\/[\d.]+ [1-5]\d\d[\s\S]*?\n\s*(?=\{)/.exec(text.trimStart())?.[0] ?? ''
  const body = text.trimStart().slice(response.length).trim()
  if (!body.startsWith('{')) return undefined
  const members = readObject(body)
  const nested = members?.['error']
  const inner = typeof nested === 'object' && nested !== null ? (nested as Record<string, unknown>) : members
  const first = (...names: string[]) => names.map((name) => inner?.[name]).find(isShown)
  const code = first('error', 'code', 'error_code', 'errorCode', 'status', 'type', 'title')
  const description = first('error_description', 'message', 'detail', 'details', 'msg', 'reason')
  if (code === undefined && description === undefined) return undefined
  const name = String(code ?? '')
  return {
    code: name,
    description: String(description ?? ''),
    meaning: Object.hasOwn(meanings, name) ? meanings[name] : undefined,
    source,
  }
}

function isShown(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number'
}

function readObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
