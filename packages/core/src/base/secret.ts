const hidden = '[secret]'

/**
 * A value that must not be shown by accident: JSON, `inspect`, templates and string concatenation
 * print `[secret]`. {@link Secret.reveal} is the only way to read the value.
 *
 * @example
 * ```ts
 * import { Secret } from '@countersign/core'
 *
 * const secret = new Secret('hunter2')
 * console.log(`${secret}`) // [secret]
 * ```
 */
export class Secret {
  // A class, unlike the rest of this package: a private field costs a few bytes for each of many thousand cached
  // tokens, and no inspection can read it.
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** The value itself. Review every call of it. */
  reveal(): string {
    return this.#value
  }

  toString(): string {
    return hidden
  }

  toJSON(): string {
    return hidden
  }

  static {
    const show = { value: () => hidden }
    Object.defineProperty(Secret.prototype, Symbol.for('nodejs.util.inspect.custom'), show)
    Object.defineProperty(Secret.prototype, Symbol.for('Deno.customInspect'), show)
    Object.defineProperty(Secret.prototype, Symbol.toPrimitive, show)
  }
}

/** Whether a value is a {@link Secret}; one of another copy of this package counts too. */
export function isSecret(value: unknown): value is Secret {
  return (
    typeof value === 'object' && value !== null && 'reveal' in value && typeof value.reveal === 'function'
  )
}

/**
 * The text of a value that may be wrapped; a Secret of another copy of this package counts too.
 *
 * @example
 * ```ts
 * import { Secret } from '@countersign/core'
 * import { revealSecret } from '@countersign/core/provider'
 *
 * const text = revealSecret(new Secret('hunter2')) // 'hunter2'
 * ```
 */
export function revealSecret(value: string | Secret): string {
  return typeof value === 'string' ? value : value.reveal()
}
