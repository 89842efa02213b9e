import { readAuthorization } from '@countersign/core/emulator'
import { fieldsOf, jwtOf, type WireRequest } from './wire.ts'

/** A part of a request that was changed; `undefined` where there was nothing. */
export interface Difference {
  what: string
  before: unknown
  after: unknown
}

/** What was changed between the adapter and the wire, without credentials. */
export function findDifferences(made: WireRequest, sent: WireRequest): Difference[] {
  const one = jwtOf(made)
  const other = jwtOf(sent)
  const signatures = [one, other].map((carried) => carried?.text.split('.')[2])
  const differences: Difference[] = [
    {
      what: 'scheme',
      before: readAuthorization(made.headers).scheme,
      after: readAuthorization(sent.headers).scheme,
    },
    { what: 'path and query', before: made.target, after: sent.target },
    ...compare('header', one?.jwt.header, other?.jwt.header),
    ...compare('claims', one?.jwt.claims, other?.jwt.claims),
    { what: 'signature', before: signatures[0]?.slice(0, 12), after: signatures[1]?.slice(0, 12) },
  ]
  const fields = fieldsOf(sent)
  if (one === undefined && fieldsOf(made) !== undefined && fields !== undefined)
    differences.push(...compare('field', fieldsOf(made), fields).map(withoutValue))
  else if (one?.place !== 'client_assertion')
    differences.push({ what: 'bytes of body', before: made.body.length, after: sent.body.length })
  return differences.filter(({ before, after }) => JSON.stringify(before) !== JSON.stringify(after))
}

/** A field may be a credential. */
function withoutValue({ what, before, after }: Difference): Difference {
  return before === after ? { what, before, after } : { what, before: 'original', after: 'replaced' }
}

/** A member of the object's own, not an inherited one such as `toString`. */
function ownMember(of: Record<string, unknown> | undefined, name: string): unknown {
  return of !== undefined && Object.hasOwn(of, name) ? of[name] : undefined
}

function compare(part: string, before: object | undefined, after: object | undefined): Difference[] {
  const [one, other] = [before ?? {}, after ?? {}] as Record<string, unknown>[]
  return [...new Set([...Object.keys(one ?? {}), ...Object.keys(other ?? {})])].map((name) => ({
    what: `${part} ${name}`,
    before: ownMember(one, name),
    after: ownMember(other, name),
  }))
}
