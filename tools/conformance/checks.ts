import type { Check } from './check.ts'
import { joseStacks } from './jose-stacks.ts'
import { opensslForms } from './openssl.ts'
import { rfcExamples } from './rfc-examples.ts'
import { wycheproofSets } from './wycheproof.ts'

/** Everything that docs/conformance.md speaks of, in its order. */
export const checks: readonly Check[] = [...rfcExamples, ...wycheproofSets, ...opensslForms, ...joseStacks]
