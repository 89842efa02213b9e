import type { ProviderError } from '@countersign/core/provider'

/** An error in the body of a response, which may have status 200. */
export interface CDataQueryError {
  code?: string
  message?: string
}

/**
 * The error in the body of a response, or `undefined` when there is none. The query endpoints can answer
 * **200 with an `error` object**: look here before you use the result.
 *
 * @example
 * ```ts
 * import { type CData, cdataQueryError } from '@countersign/cdata'
 *
 * declare const cdata: CData
 * const result = await cdata.api.post('query', { json: { query: 'SELECT 1' } }).json()
 * const failure = cdataQueryError(result)
 * if (failure !== undefined) throw new Error(failure.message)
 * ```
 */
export function cdataQueryError(body: unknown): CDataQueryError | undefined {
  const { error } = (body ?? {}) as { error?: unknown }
  if (typeof error === 'string') return { message: error }
  if (typeof error !== 'object' || error === null) return undefined
  const { code, message } = error as Record<string, unknown>
  return {
    ...(code === undefined || code === null ? {} : { code: String(code) }),
    ...(typeof message === 'string' ? { message } : {}),
  }
}

/** Reads a refusal. The bodies of 401 and 403 are not documented; those of the query endpoints are. */
export function readCDataError(body: unknown): ProviderError {
  return cdataQueryError(body) ?? {}
}
