/** How a command reports to a script. */
export const exitCodes = {
  done: 0,
  unexpected: 1,
  usage: 2,
  key: 3,
  refused: 4,
  network: 5,
  verification: 6,
} as const

const byCode: Readonly<Record<string, number>> = {
  CONFIG_INVALID: exitCodes.usage,
  ORIGIN_REFUSED: exitCodes.usage,
  INSECURE_URL: exitCodes.usage,
  BODY_TOO_LARGE: exitCodes.usage,
  HTTP_STATUS: exitCodes.refused,
  RESPONSE_INVALID: exitCodes.refused,
  TOKEN_REQUEST_REJECTED: exitCodes.refused,
  TOKEN_REFRESH_REJECTED: exitCodes.refused,
  TOKEN_RESPONSE_INVALID: exitCodes.refused,
  NETWORK: exitCodes.network,
  TIMEOUT: exitCodes.network,
  REDIRECT_REFUSED: exitCodes.network,
  TOKEN_MALFORMED: exitCodes.verification,
  SIGNATURE_INVALID: exitCodes.verification,
  RULE_VIOLATED: exitCodes.verification,
  // As every shell has them.
  COMMAND_NOT_EXECUTABLE: 126,
  COMMAND_NOT_FOUND: 127,
  CANCELLED: 130,
}

/** The exit code for an error code of Countersign; 1 for what is not known. */
export function toExitCode(code: string | undefined): number {
  if (code?.startsWith('KEY_') || code === 'SIGN_FAILED') return exitCodes.key
  return byCode[code ?? ''] ?? exitCodes.unexpected
}
