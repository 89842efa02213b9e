import type { Mistake } from '@countersign/core/provider'

const jwtPage = 'https://docs.victorfi.com/docs/generating-a-token'

/** Mistakes that are common with Victor. */
export const victorMistakes: readonly Mistake[] = [
  {
    id: 'jwt.born-expired',
    find({ jwt }) {
      const { iat, exp } = jwt?.claims ?? {}
      // 300 ms that begin shortly before a full second end in the next one.
      if (typeof iat !== 'number' || typeof exp !== 'number' || exp - iat > 1) return undefined
      return {
        sentence: `exp is ${exp < iat ? 'before' : exp === iat ? 'the same as' : '1 s after'} iat: the Java sample of the vendor adds 300 milliseconds instead of 300 seconds, and its tokens have expired when they are made.`,
        fix: 'Add 300 seconds: System.currentTimeMillis() + 300_000, or Instant.now().plusSeconds(300).',
        source: jwtPage,
      }
    },
  },
]
