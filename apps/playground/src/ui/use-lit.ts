import { useState } from 'preact/hooks'

/** The claims that are pointed at or focused, in the claims table or by a rule about them. */
export interface Lit {
  names: readonly string[]
  light(names: readonly string[]): void
}

/** Lets rules and claims light each other. */
export function useLit(): Lit {
  const [names, light] = useState<readonly string[]>([])
  return { names, light }
}
