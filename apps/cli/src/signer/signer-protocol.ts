import { createHash } from 'node:crypto'
import type { SigningAlgorithm } from '@countersign/core'
import { webCryptoAlgorithms } from '@countersign/core/provider'

/** The only version of the protocol. */
const version = 1

/** What a program is asked. */
export interface Question {
  /** The member of the answer that is wanted. */
  wanted: 'publicKey' | 'signature'
  /** The question as one line of JSON. */
  line: string
}

/** What a program said, or what is wrong with it. */
export type Answer = { value: unknown } | { refusal: string } | { problem: string; hint: string }

/** Asks for the public half of the key. */
export function askPublicKey(algorithm: SigningAlgorithm, keyId: string | undefined): Question {
  return { wanted: 'publicKey', line: toLine({ version, ask: 'publicKey', algorithm, keyId }) }
}

/** Asks for a signature of `data`. The digest is sent beside it, for services that sign digests. */
export function askSignature(
  data: Uint8Array,
  algorithm: SigningAlgorithm,
  keyId: string | undefined,
): Question {
  const hash = webCryptoAlgorithms[algorithm].hash.replace('-', '').toLowerCase()
  const input = Buffer.from(data).toString('base64url')
  const digest = createHash(hash).update(data).digest('base64url')
  return { wanted: 'signature', line: toLine({ version, ask: 'signature', algorithm, keyId, input, digest }) }
}

/** Members that are `undefined` are left out. */
function toLine(question: object): string {
  return `${JSON.stringify(question)}\n`
}

const answerForm = (wanted: Question['wanted']) =>
  `It must answer each line of its input with one line of JSON, {"${wanted}": …} or {"error": "…"}, and print nothing else on stdout.`

/** Reads one line of output. */
export function readAnswer(line: string, { wanted }: Question): Answer {
  const hint = answerForm(wanted)
  if (line.trim() === '') return { problem: 'answered with an empty line', hint }
  let answer: unknown
  try {
    answer = JSON.parse(line)
  } catch {
    return { problem: 'answered with a line that is not JSON', hint }
  }
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer))
    return { problem: 'answered with JSON that is not an object', hint }
  const members = answer as Readonly<Record<string, unknown>>
  if ((members['version'] ?? version) !== version)
    return {
      problem: `answered in a version of the protocol other than ${version}`,
      hint: `Use a version of the program that speaks version ${version}.`,
    }
  const { [wanted]: value, error } = members
  if (error !== undefined && error !== null)
    return { refusal: typeof error === 'string' ? error : JSON.stringify(error) }
  return value === undefined || value === null
    ? { problem: `answered without the member "${wanted}"`, hint }
    : { value }
}

/** The bytes of a signature, or what is wrong with the text. */
export function readSignature(value: unknown): Uint8Array | { problem: string; hint: string } {
  const hint =
    'The signature must be base64url without padding (RFC 4648, section 5), as in the last part of a JWT.'
  if (typeof value !== 'string') return { problem: 'answered with a signature that is not text', hint }
  if (value === '') return { problem: 'answered with an empty signature', hint }
  if (!/^[\w-]+$/.test(value)) return { problem: 'answered with a signature that is not base64url', hint }
  return new Uint8Array(Buffer.from(value, 'base64url'))
}
