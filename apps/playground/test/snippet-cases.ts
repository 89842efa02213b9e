import { type FormFixture, openForm } from './form-fixture.ts'

/** A form whose snippets are tried. */
export interface SnippetCase {
  name: string
  id: string
  open(): Promise<FormFixture>
}

const body = `{"note":"it's \\"quoted\\", ü, $HOME, \`id\`, !history, \\\\n"}\n`
const path = "v1/people/Zoë O'Hara/it;ems?name=ä b&filter[]=x y&note='\"$(id)`id`!1#part"

const forms: readonly [name: string, id: string, options: Parameters<typeof openForm>[1]][] = [
  ['speeda', 'speeda', {}],
  ['speeda with a body', 'speeda', { request: { method: 'POST', path, body } }],
  [
    'speeda with an audience and a base URL',
    'speeda',
    {
      texts: {
        clientId: '--version',
        audience: 'https://speeda.example/token',
        baseUrl: 'https://speeda.example/feed/',
      },
    },
  ],
  ['cdata', 'cdata', {}],
  [
    'cdata for a sub-account and connections',
    'cdata',
    {
      texts: { subAccountId: "O'Hara & sons", connectionIds: 'one, t w o', lifetimeSeconds: '60' },
      request: { method: 'POST', path: 'query', body: '{"query":"select \'a\' from b"}' },
    },
  ],
  ['utgl', 'utgl', {}],
  [
    'utgl with a body, quotes, spaces, letters and a query',
    'utgl',
    { request: { method: 'POST', path, body } },
  ],
  ['utgl with a body of one word', 'utgl', { request: { method: 'PUT', path: 'a', body: '-' } }],
  [
    'utgl with a body like the name of a file',
    'utgl',
    { request: { method: 'PATCH', path: 'a', body: '@private_key.pem' } },
  ],
  ['utgl with a body like a flag', 'utgl', { request: { method: 'POST', path: 'a', body: '--version' } }],
  ['utgl with a POST that has no body', 'utgl', { request: { method: 'POST', path: 'ping', body: '' } }],
  ['utgl with a DELETE', 'utgl', { request: { method: 'DELETE', path: '/cards/1' } }],
  ['utgl with a path like a whole address', 'utgl', { request: { path: 'cards:search?x=1' } }],
  ['utgl with a path like a flag', 'utgl', { request: { path: '--version' } }],
  ['utgl with a query alone', 'utgl', { request: { path: '?page=1' } }],
  ['utgl with no path', 'utgl', { request: { path: '' } }],
  [
    'victor, apiKey',
    'victor',
    { texts: { reuse: 'until-expiry', lifetimeSeconds: '120', backdateSeconds: '0' } },
  ],
  [
    'victor with a JWT key of staging, and a body',
    'victor',
    { texts: { environment: 'staging' }, request: { method: 'POST', path, body } },
  ],
  ['victor, clientId', 'victor', { set: 1 }],
  ['victor with an OAuth key and a body', 'victor', { set: 1, request: { method: 'POST', path, body } }],
  ['paymentsgate', 'paymentsgate', {}],
  ['paymentsgate with a body', 'paymentsgate', { request: { method: 'POST', path: 'deals/payin', body } }],
]

/** Forms of all providers and both kinds of Victor's keys, and whatever is hard to quote. */
export const snippetCases: readonly SnippetCase[] = forms.map(([name, id, options]) => ({
  name,
  id,
  open: () => openForm(id, options),
}))
