import { type Endpoint, toFinding, type Verdict } from '@countersign/core/provider'
import type { Run, Step } from '../../model/session.ts'
import type { Entry } from '../../providers.ts'
import { Prose } from '../notices.tsx'

const endpointTitles: Readonly<Record<Endpoint, string>> = {
  token: 'Token endpoint',
  refresh: 'Refresh endpoint',
  api: 'API',
}

/** Every rule: kept, broken, or not judged before the request is sent. */
export function Rules({
  entry,
  rules,
  run,
}: {
  entry: Entry
  rules: readonly Verdict[]
  run: Run | undefined
}) {
  const steps = (run?.items ?? []).filter((item): item is Step => item.kind === 'step')
  const all = entry.provider.rules.map((rule) => {
    const live = rules.find(({ id }) => id === rule.id)
    const refused = steps.find((step) => step.rule?.id === rule.id)?.rule
    const found = refused?.failure ?? live?.failure
    return { ...rule, kept: live?.kept ?? null, failed: refused !== undefined, found }
  })
  const passed = new Set(
    steps.filter((step) => step.rule === undefined && isGood(step)).map(({ endpoint }) => endpoint),
  )
  const endpoints = [...new Set(all.map(({ endpoint }) => endpoint))]
  const judged = all.map((rule) => ({ ...rule, state: stateOf(rule, passed) }))
  const count = (state: RuleState) => judged.filter((rule) => rule.state === state).length
  return (
    <section className="part" aria-labelledby="rules-title">
      <h3 id="rules-title">Rules</h3>
      <p className="counts" data-testid="counts">
        <b>{count('kept')}</b> kept, <b>{count('broken')}</b> broken, <b>{count('open')}</b> not judged
        {run === undefined && ' before it is sent'}
      </p>
      {endpoints.map((endpoint) => (
        <div key={endpoint}>
          {endpoints.length > 1 && <h4>{endpointTitles[endpoint]}</h4>}
          <ul className="rules">
            {judged
              .filter((rule) => rule.endpoint === endpoint)
              .sort((one, other) => Number(other.state === 'broken') - Number(one.state === 'broken'))
              .map(({ id, requirement, found, source, state }) => (
                <li key={id} data-state={state} data-rule={id}>
                  <span className="rule-mark" aria-hidden="true" />
                  <p>
                    <span className="hidden">{stateNames[state]}: </span>
                    <Prose
                      text={state === 'broken' ? toFinding({ failure: found, requirement }) : requirement}
                    />{' '}
                    <a href={source} target="_blank" rel="noreferrer noopener" title={source}>
                      {id}
                    </a>
                  </p>
                </li>
              ))}
          </ul>
        </div>
      ))}
    </section>
  )
}

type RuleState = 'kept' | 'broken' | 'open'

const stateNames: Readonly<Record<RuleState, string>> = { kept: 'kept', broken: 'broken', open: 'not judged' }

function stateOf(
  { endpoint, kept, failed }: { endpoint: Endpoint; kept: boolean | null; failed: boolean },
  passed: ReadonlySet<Endpoint>,
): RuleState {
  if (failed || kept === false) return 'broken'
  return kept === true || passed.has(endpoint) ? 'kept' : 'open'
}

function isGood({ response }: Step): boolean {
  return response !== undefined && response.status < 400
}
