import type { PlainAnswer } from '../../src/recording-server.ts'
import type { Wrongdoing } from './create-fixture.ts'

/** A way in which a server goes wrong that knows what it was sent and says so everywhere. */
export interface ServerKind {
  name: string
  answer(wrongdoing: Wrongdoing): PlainAnswer
}

/** One line without what a header cannot carry. */
const line = (text: string) => text.replace(/[^\x20-\x7e]/g, '').slice(0, 4_000)

function tellingHeaders({ echo, credential }: Wrongdoing): Record<string, string> {
  return {
    'www-authenticate': line(`Bearer realm="${credential}", error_description="${echo}"`),
    'x-request-id': line(`${Buffer.from(credential).toString('base64')} ${credential}`),
    location: `/elsewhere?token=${encodeURIComponent(credential)}`,
  }
}

function tellingBody({ echo, credential, request }: Wrongdoing): string {
  return JSON.stringify({
    error: credential,
    code: credential,
    error_description: `${credential} ${echo}`,
    message: { again: echo, request: request.body.toString() },
    details: [credential, encodeURIComponent(credential)],
    token_type: credential,
    body: request.body.toString(),
  })
}

const telling = (status: number) => (wrongdoing: Wrongdoing) => ({
  status,
  headers: tellingHeaders(wrongdoing),
  body: tellingBody(wrongdoing),
})

const withBody = (make: (wrongdoing: Wrongdoing) => PlainAnswer) => (wrongdoing: Wrongdoing) => {
  const { headers, ...rest } = make(wrongdoing)
  return { ...rest, headers: { ...tellingHeaders(wrongdoing), ...headers } }
}

const statuses = [400, 401, 403, 404, 409, 422, 429, 500, 502, 503]
const html = { 'content-type': 'text/html' }

export const serverKinds: readonly ServerKind[] = [
  ...statuses.map((status) => ({ name: `status ${status}`, answer: telling(status) })),
  {
    name: 'a refusal under another clock',
    answer: (wrongdoing) => {
      const refusal = telling(401)(wrongdoing)
      return { ...refusal, headers: { ...refusal.headers, date: 'Thu, 01 Jan 2026 00:00:00 GMT' } }
    },
  },
  {
    name: 'a refusal that says one sentence',
    answer: withBody(({ credential }) => ({
      status: 400,
      body: JSON.stringify({
        code: 'X',
        error: 'X',
        message: `No: ${credential}`,
        error_description: credential,
      }),
    })),
  },
  {
    name: 'a refusal in plain text',
    answer: withBody(({ echo }) => ({ status: 401, headers: { 'content-type': 'text/plain' }, body: echo })),
  },
  {
    name: 'a page of HTML',
    answer: withBody(({ echo }) => ({ headers: html, body: `<html><body>${echo}</body></html>` })),
  },
  {
    name: 'a page of HTML with status 502',
    answer: withBody(({ echo }) => ({ status: 502, headers: html, body: `<html>${echo}</html>` })),
  },
  { name: 'an empty body', answer: withBody(() => ({ body: '' })) },
  {
    name: 'a body cut in the middle',
    answer: withBody((wrongdoing) => ({ body: tellingBody(wrongdoing), cutAfter: 400 })),
  },
  {
    name: 'a refusal cut in the middle',
    answer: withBody((wrongdoing) => ({ status: 401, body: tellingBody(wrongdoing), cutAfter: 400 })),
  },
  {
    name: 'a redirect to another host',
    answer: withBody(({ credential }) => ({
      status: 307,
      headers: { location: `https://attacker.example/${encodeURIComponent(credential)}?a=${credential}` },
    })),
  },
  {
    name: 'a redirect to a host named after the credential',
    answer: withBody(({ credential }) => ({
      status: 302,
      headers: { location: `https://${/^[\w.-]+$/.test(credential) ? credential : 'attacker'}.example/` },
    })),
  },
  {
    name: 'a redirect within the host',
    answer: withBody(({ credential }) => ({ status: 301, headers: { location: `/${credential}` } })),
  },
  { name: 'malformed JSON', answer: withBody(({ echo }) => ({ body: `{"access_token": ${echo}` })) },
  { name: 'the bare credential for JSON', answer: withBody(({ credential }) => ({ body: credential })) },
  {
    name: 'the credential behind a number for JSON',
    answer: withBody(({ credential }) => ({ body: `12 ${credential}}` })),
  },
  {
    name: 'JSON of another content type',
    answer: withBody((wrongdoing) => ({
      headers: { 'content-type': `text/plain; of=${line(wrongdoing.credential)}` },
      body: `${tellingBody(wrongdoing)},`,
    })),
  },
  {
    name: 'an answer of more than 1 MiB',
    answer: withBody(({ echo }) => ({ body: `{"a":"${echo.replaceAll('"', '').repeat(200)}` })),
  },
  {
    name: 'a refusal of more than 1 MiB',
    answer: withBody(({ echo }) => ({ status: 400, body: JSON.stringify({ error: echo.repeat(200) }) })),
  },
  {
    name: 'a token that no header can carry',
    answer: withBody(({ credential }) => ({
      body: `${JSON.stringify({ access_token: `${credential}\n${credential}`, expires_in: credential, expires: credential })} `,
    })),
  },
  {
    name: 'a token without a life',
    answer: withBody(({ credential }) => ({
      body: JSON.stringify({ access_token: credential, token_type: credential, expires_in: -1, expires: 1 }),
    })),
  },
  { name: 'no answer', answer: () => ({ hang: true }) },
]
