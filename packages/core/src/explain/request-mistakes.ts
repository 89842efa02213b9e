import { percentDecode } from '../base/encoding.ts'
import type { Mistake } from '../provider/provider.ts'
import { showValue } from '../provider/show.ts'
import { ruleFixed } from './what-if.ts'

/** Mistakes in requests that are signed as a whole, found by asking the rules about a different request. */
export const requestMistakes: readonly Mistake[] = [
  {
    id: 'request.authorization-twice',
    find({ request }) {
      const values = request?.headers.get('authorization')?.split(/, ?/) ?? []
      if (values.length < 2 || !values.every((value) => /^\S+ +\S+$/.test(value))) return undefined
      return {
        sentence: `The request has ${values.length} Authorization headers: servers accept one of them, or none. The last one is judged here.`,
        fix: 'Set the header in one place, and look for a library or proxy that adds one.',
        source: 'https://www.rfc-editor.org/rfc/rfc9110#section-5.3',
      }
    },
  },
  {
    id: 'request.body-rewritten',
    find(ruleInput, provider) {
      const { request } = ruleInput
      if (request === undefined) return undefined
      for (const { what, sha256 } of ruleInput.otherBodies ?? []) {
        const rule = ruleFixed(provider, ruleInput, { bodySha256: sha256 })
        if (rule === undefined) continue
        return {
          sentence: `The hash is not of what was sent but of ${what}: the body was serialised again between signing and sending.`,
          fix: 'Serialise once, hash those bytes, and send the same bytes.',
          source: rule.source,
        }
      }
      return undefined
    },
  },
  {
    id: 'request.target-rewritten',
    find(ruleInput, provider) {
      const { request } = ruleInput
      if (request === undefined) return undefined
      for (const { what, target } of otherTargets(request.target, request.headers.get('host'))) {
        if (target === request.target) continue
        const rule = ruleFixed(provider, ruleInput, { request: { ...request, target } })
        if (rule === undefined) continue
        return {
          sentence: `The token was signed for ${what} (${showValue(target)}), but ${showValue(request.target)} was sent.`,
          fix: 'Sign the path and query exactly as they are sent, taken from the final URL.',
          source: rule.source,
        }
      }
      return undefined
    },
  },
  {
    id: 'request.method-changed',
    find: (ruleInput, provider) => {
      const { request } = ruleInput
      if (request === undefined) return undefined
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD']) {
        const rule = ruleFixed(provider, ruleInput, { request: { ...request, method } })
        if (rule === undefined || method === request.method) continue
        return {
          sentence: `The request was sent with ${showValue(request.method)}, but signed for ${method}.`,
          fix: `Send it with ${method}; a library that follows a redirect may have changed it.`,
          source: rule.source,
        }
      }
      return undefined
    },
  },
]

interface OtherTarget {
  what: string
  target: string
}

/** What people sign instead of path and query as sent. */
function otherTargets(target: string, host: string | null): OtherTarget[] {
  const [path = '', query] = splitOnce(target, '?')
  const withQuery = (other: string) => (query === undefined ? other : `${other}?${query}`)
  const forms = new URLSearchParams(query ?? '')
  const sorted = new URLSearchParams(query ?? '')
  sorted.sort()
  const spaced = forms.toString().replaceAll('+', '%20')
  return [
    { what: 'the path without its query', target: path },
    { what: 'the query with + for spaces, as forms encode it', target: `${path}?${forms}` },
    { what: 'the query encoded anew', target: `${path}?${spaced}` },
    { what: 'the query sorted', target: `${path}?${(query ?? '').split('&').sort().join('&')}` },
    { what: 'the query sorted and encoded anew', target: `${path}?${sorted}` },
    { what: 'path and query decoded', target: percentDecode(target) },
    { what: 'path and query decoded, with spaces for +', target: percentDecode(target.replaceAll('+', ' ')) },
    {
      what: 'path and query encoded anew',
      target: new URL(`http://x${target}`).href.slice('http://x'.length),
    },
    { what: 'path and query encoded twice', target: target.replaceAll('%', '%25') },
    { what: 'path and query with a slash at the end of the path', target: withQuery(`${path}/`) },
    {
      what: 'path and query without the slash at the end of the path',
      target: withQuery(path.replace(/\/$/, '')),
    },
    { what: 'a lone ? at the end', target: `${target}?` },
    { what: 'no lone ? at the end', target: target.replace(/\?$/, '') },
    ...withoutPrefixes(path).map((rest) => ({
      what: 'the path without its beginning',
      target: withQuery(rest),
    })),
    ...['https', 'http'].map((scheme) => ({
      what: 'the whole address',
      target: `${scheme}://${host ?? ''}${target}`,
    })),
    { what: 'host and path', target: `${host ?? ''}${target}` },
  ]
}

/** `/v1/a/b` without `/v1`, without `/v1/a`. */
function withoutPrefixes(path: string): string[] {
  const parts = path.split('/').slice(1, 6)
  return parts.slice(1).map(
    (_part, index) =>
      `/${path
        .split('/')
        .slice(index + 2)
        .join('/')}`,
  )
}

function splitOnce(text: string, mark: string): [string, string | undefined] {
  const at = text.indexOf(mark)
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}
