import type { Mistake } from '@countersign/core/provider'

const auth = 'https://docs.cloud.cdata.com/en/API/Authentication-Embedded'

/** Mistakes that are common with CData. */
export const cdataMistakes: readonly Mistake[] = [
  {
    id: 'jwt.stringified',
    find({ jwt }) {
      const ids = jwt?.claims['connection_ids']
      if (typeof ids !== 'string') return undefined
      return {
        sentence: `connection_ids is a string${/^\s*\[/.test(ids) ? ' that contains an array' : ''}: it must be an array of strings, and CData answers 403.`,
        fix: 'Put the array itself into the claims, without JSON.stringify or json.dumps.',
        source: auth,
      }
    },
  },
  {
    id: 'cdata.empty-sub',
    find: ({ jwt }) =>
      jwt?.claims.sub !== ''
        ? undefined
        : {
            sentence: 'sub is an empty string: without a sub-account, the claim must be left out.',
            fix: 'Leave the claim out, or set it to the sub-account id.',
            source: auth,
          },
  },
]
