import { explain, toRuleInput, type Verdict } from '@countersign/core/provider'
import { pretendedAnswer } from '../dry-run.ts'
import { type Io, nowOf } from '../io.ts'
import { openProvider } from '../open-provider.ts'
import type { Flags } from '../provider-options.ts'
import { createRecordingFetch, type RecordedRequest } from '../recording-fetch.ts'

/** Requests as they would be sent, and the rules about them. */
export interface Rehearsal {
  /** Whether a token is got by a call. */
  exchanges: boolean
  /** The rules as they are judged at a time, epoch milliseconds. */
  verdictsAt(now: number): Verdict[]
}

/** Makes a token call, where there is one, and a request with proof, through the real adapter; sends nothing. */
export async function rehearse(name: string, flags: Flags, io: Io): Promise<Rehearsal> {
  const sent: RecordedRequest[] = []
  const wrapFetch = () => createRecordingFetch(async () => pretendedAnswer(name, nowOf(io)), sent)
  const { provider, auth, baseUrl, options } = await openProvider(name, flags, io, { wrapFetch })
  const { method, path } = provider.example
  await auth.fetch(`${baseUrl}/${path}`, { method })
  const environment = options['environment'] as string | undefined
  const now = nowOf(io)
  const inputs = await Promise.all(
    sent.map((request) => toRuleInput(request, { now, provider, baseUrl, environment })),
  )
  return {
    exchanges: sent.length > 1,
    verdictsAt: (at) =>
      inputs.flatMap((ruleInput) => {
        const rules = provider.rules.filter(({ endpoint }) => endpoint === ruleInput.endpoint)
        return explain(rules, { ...ruleInput, now: at })
      }),
  }
}
