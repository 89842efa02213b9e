import { holdsSecret } from './secret-fields.ts'
import { jwtOf, type WireRequest } from './wire.ts'

/** A piece of a body, as it is shown. */
export interface BodyPiece {
  /** The bytes as text; for a secret, words instead of it. */
  text: string
  kind: 'plain' | 'secret' | 'jwt'
  /** Whether it is not what the adapter made. */
  changed: boolean
}

/** A string of JSON, which may lack its end, or what is between two of them. */
const jsonParts = /"(?:\\.|[^"\\])*(?:"|\\?$)|[^"]+/gs
/** A name, a value, or what is between them. */
const formParts = /[^&=]+|[&=]/g

/**
 * The body of a request, byte for byte and divided so that what was changed can be tinted. A string or a field that
 * holds one of the secrets is replaced by words.
 */
export function toBodyPieces(made: WireRequest, sent: WireRequest, secrets: readonly string[]): BodyPiece[] {
  const isForm = sent.headers.get('content-type')?.startsWith('application/x-www-form-urlencoded') === true
  const divide = ({ body }: WireRequest) =>
    new TextDecoder().decode(body).match(isForm ? formParts : jsonParts) ?? []
  const [before, after] = [divide(made), divide(sent)]
  const jwt = jwtOf(sent)?.text
  const isSecret = (part: string | undefined) =>
    part !== undefined &&
    secrets.some((secret) => holdsSecret(part, secret) || holdsSecret(decode(part, isForm), secret))
  return after.flatMap((part, index): BodyPiece[] => {
    const old = before[toOldIndex(before, after, index)]
    const changed = part !== old
    if (isSecret(part) || (changed && isSecret(old))) {
      const words = isSecret(part) ? '[secret]' : '[another secret]'
      return [{ text: isForm ? words : `"${words}"`, kind: 'secret', changed }]
    }
    if (jwt !== undefined && part.includes(jwt)) return [{ text: part, kind: 'jwt', changed }]
    return changed ? divideChange(old ?? '', part) : [{ text: part, kind: 'plain', changed }]
  })
}

/** Which part a part was before: counted from the start, or from the end after parts were added or removed. */
function toOldIndex(before: readonly string[], after: readonly string[], index: number): number {
  const isSame = before.length === after.length || before[index] === after[index]
  return isSame ? index : index - after.length + before.length
}

/** A changed part: only what is between its common beginning and its common end is changed. */
function divideChange(old: string, text: string): BodyPiece[] {
  const start = commonLength(old, text, (from, at) => from[at])
  const least = Math.min(old.length, text.length) - start
  const end = Math.min(
    least,
    commonLength(old, text, (from, at) => from[from.length - 1 - at]),
  )
  const pieces = [
    { text: text.slice(0, start), changed: false },
    { text: text.slice(start, text.length - end), changed: true },
    { text: text.slice(text.length - end), changed: false },
  ]
  return pieces.filter(({ text: part }) => part !== '').map((piece) => ({ ...piece, kind: 'plain' }))
}

function commonLength(
  one: string,
  other: string,
  characterOf: (text: string, at: number) => string | undefined,
): number {
  const longest = Math.min(one.length, other.length)
  let length = 0
  while (length < longest && characterOf(one, length) === characterOf(other, length)) length++
  return length
}

function decode(part: string, isForm: boolean): string {
  try {
    return isForm ? decodeURIComponent(part.replaceAll('+', ' ')) : String(JSON.parse(part))
  } catch {
    return part
  }
}
