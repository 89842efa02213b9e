import type { RuleInput } from '../provider/rule.ts'

/** A value that a rule is about. */
export interface RuleFact {
  /** `alg`, `exp`, `scheme`, `client_id` … */
  name: string
  value: unknown
}

/** Fields of token requests that say who asks and how, and nothing secret. */
const plainFields = ['grant_type', 'client_id', 'client_assertion_type', 'account_id']

/** Rules whose name is not that of the claim that they look at. */
const claimsByRule: Readonly<Record<string, readonly string[]>> = {
  times: ['iat', 'exp'],
  'born-expired': ['iat', 'exp'],
  replay: ['jti'],
  claims: ['aud', 'jti'],
  'sub-required': ['sub'],
  'connection-ids-required': ['connection_ids'],
}

/** What the evidence has of what a rule is about, for people to see beside it; never a credential. */
export function factsOf(ruleId: string, ruleInput: RuleInput): RuleFact[] {
  const name = ruleId.replace(/^[^.]*\./, '')
  const { jwt, scheme, fields, request, bodySha256 } = ruleInput
  if (name === 'lifetime') return lifetimeOf(ruleInput)
  if (name.endsWith('scheme')) return scheme === undefined ? [] : [{ name: 'scheme', value: scheme }]
  const wanted = claimsByRule[name] ?? [name]
  const facts = [...pick(jwt?.header, wanted), ...pick(jwt?.claims, wanted)]
  if (/(^|-)method$/.test(name) && request !== undefined)
    facts.push({ name: 'request method', value: request.method })
  if (name === 'uri' && request !== undefined) facts.push({ name: 'request uri', value: request.target })
  if (name === 'body' && request !== undefined) facts.push({ name: 'SHA-256 of the body', value: bodySha256 })
  if (facts.length > 0) return facts
  const plain = Object.fromEntries(
    Object.entries(fields ?? {}).filter(([field]) => plainFields.includes(field)),
  )
  return pick(plain, name === 'assertion-type' ? ['client_assertion_type'] : wanted)
}

/** Members under any of the names, however their words are joined. */
function pick(members: object | undefined, names: readonly string[]): RuleFact[] {
  const wanted = names.map(simplify)
  return Object.entries(members ?? {})
    .filter(([name]) => wanted.includes(simplify(name)))
    .map(([name, value]) => ({ name, value }))
}

function simplify(name: string): string {
  return name.replace(/[-_]/g, '').toLowerCase()
}

function lifetimeOf({ jwt }: RuleInput): RuleFact[] {
  const { iat, exp } = jwt?.claims ?? {}
  return typeof iat === 'number' && typeof exp === 'number' ? [{ name: 'exp - iat', value: exp - iat }] : []
}
