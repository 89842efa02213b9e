import type { CapturedRequest, Endpoint } from '../provider/rule.ts'

/** Who sent a request, under the option names, such as `accessKey`. */
export type EmulatedIdentity = Readonly<Record<string, unknown>>

/** A request to one of the emulator's endpoints. */
export interface EmulatedRequest extends CapturedRequest {
  /** The address without the base path, such as `/ping`. */
  path: string
  url: URL
  /** The assertion of a token request, otherwise what follows the scheme in `Authorization`. */
  credential: string
  endpoint: Endpoint
  now: number
}
