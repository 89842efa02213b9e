/** What Node 22 has and TypeScript's library does not describe (TC39: JSON.parse source text access). */
interface ExactJson {
  parse(
    text: string,
    reviver: (name: string, value: unknown, context: { source?: string }) => unknown,
  ): unknown
  rawJSON(text: string): unknown
}

/**
 * Parses JSON so that `JSON.stringify` writes every number as it came: one that JavaScript cannot hold, such
 * as 12345678901234567890 or 1e400, becomes a raw value and not another number.
 *
 * @throws {SyntaxError} for what is not JSON.
 */
export function parseExactJson(text: string): unknown {
  // The library's own declaration has neither.
  const json = JSON as unknown as ExactJson
  return json.parse(text, (_name, value, { source }) =>
    typeof value === 'number' && source !== undefined && !isSameNumber(source, value)
      ? json.rawJSON(source)
      : value,
  )
}

/** Whether a number is what its text says, to the last digit. */
function isSameNumber(text: string, value: number): boolean {
  return Number.isFinite(value) && toDigits(text) === toDigits(String(value))
}

/** A decimal number as its digits and exponent: `1.50e3` and `1500` are the same. */
function toDigits(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(text) ?? []
  const digits = (whole + fraction).replace(/^0+/, '')
  const significant = digits.replace(/(?<!0)0+$/, '')
  if (significant === '') return '0'
  return `${sign}${significant}e${BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - significant.length)}`
}
