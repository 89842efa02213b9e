import type { Mistake } from '@countersign/core/provider'

const auth = 'https://docs.cloud.cdata.com/en/API/Authentication-Embedded'

/** Mistakes that are made with CData more than elsewhere. */
export const cdataMistakes: readonly Mistake[] = [
  {
    id: 'jwt.stringified',
    find({ jwt }) {
      const ids = jwt?.claims['connection_ids']
      if (typeof ids !== 'string') return undefined
      return {
        sentence: `connection_ids is a text${/^\s*\[/.test(ids) ? ' that holds an array' : ''}: an array of texts is wanted, and CData answers 403.`,
        fix: 'Put the array into the claims as it is, without JSON.stringify or json.dumps.',
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
            sentence: 'sub is an empty text: where there is no sub-account, there is no sub.',
            fix: 'Leave the claim out, or put the sub-account id in.',
            source: auth,
          },
  },
]
