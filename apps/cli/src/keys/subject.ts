import { UsageError } from '../usage-error.ts'

/** One attribute of a subject: its object identifier, name and value. */
export interface SubjectAttribute {
  readonly oid: string
  readonly name: string
  readonly value: string
}

/** Names of attributes (RFC 4514, section 3, and what openssl calls them). */
const oids: Readonly<Record<string, string>> = {
  CN: '2.5.4.3',
  SERIALNUMBER: '2.5.4.5',
  C: '2.5.4.6',
  L: '2.5.4.7',
  ST: '2.5.4.8',
  STREET: '2.5.4.9',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  UID: '0.9.2342.19200300.100.1.1',
  DC: '0.9.2342.19200300.100.1.25',
  EMAILADDRESS: '1.2.840.113549.1.9.1',
}

/** `CN=example,O=Example`: attributes in the order given. A comma within a value is written `\,`. */
export function parseSubject(text: string): SubjectAttribute[] {
  const parts = text.match(/(?:\\.|[^,\\])+/gs) ?? []
  if (parts.join(',') !== text) throw usageProblem('has an empty part, or ends in a backslash')
  return parts.map(toAttribute)
}

function toAttribute(part: string): SubjectAttribute {
  const [, name = '', raw = ''] = /^\s*([A-Za-z]+)\s*=\s*(.*?)\s*$/s.exec(part) ?? []
  const oid = oids[name.toUpperCase()]
  if (oid === undefined) throw usageProblem(`has a name that is not one of ${Object.keys(oids).join(', ')}`)
  const value = raw.replace(/\\(.)/gs, '$1')
  if (value === '') throw usageProblem(`has no value for ${name}`)
  if (name.toUpperCase() === 'C' && !/^[A-Za-z]{2}$/.test(value))
    throw usageProblem('takes two letters for C')
  return { oid, name: name.toUpperCase(), value }
}

function usageProblem(problem: string): UsageError {
  return new UsageError(`--subject ${problem}. Write it as "CN=example,O=Example".`)
}
