import type { Endpoint } from '@countersign/core/provider'
import { byState, type ListedRule, type RuleState } from '../../model/rule-list.ts'
import { Prose } from '../notices.tsx'
import type { Lit } from '../use-lit.ts'

const endpointTitles: Readonly<Record<Endpoint, string>> = {
  token: 'token endpoint',
  refresh: 'refresh endpoint',
  api: 'API',
}

interface ListProps {
  rules: readonly ListedRule[]
  lit: Lit
}

interface RulesProps extends ListProps {
  /** Prefix of ids: two lists are in the page. */
  id: string
  /** Why no rule is judged now; `undefined` when they are. */
  notChecked?: string | undefined
}

/** The rules: broken ones first; the others folded, because nothing is to be done about them. */
export function Rules({ rules, lit, id, notChecked }: RulesProps) {
  if (notChecked !== undefined) return <NotChecked rules={rules} lit={lit} reason={notChecked} />
  const { broken, corrected, kept, open } = byState(rules)
  const required = broken.filter(isRequired).length
  const advised = broken.length - required
  return (
    <>
      <p className="counts" data-testid="counts">
        <b>{required}</b> broken, {advised > 0 && `${advised} not as advised, `}
        {corrected.length > 0 && (
          <>
            <b>{corrected.length}</b> corrected,{' '}
          </>
        )}
        <b>{kept.length}</b> met, <b>{open.length}</b> not checked
      </p>
      <BrokenRules rules={rules} lit={lit} />
      {corrected.length > 0 && <RuleItems rules={corrected} lit={lit} />}
      <OtherRules rules={rules} lit={lit} id={id} unseen="only the response shows it, or it does not apply" />
    </>
  )
}

/** The rules that are broken: required ones before advised ones. */
export function BrokenRules({ rules, lit }: ListProps) {
  const { broken } = byState(rules)
  if (broken.length === 0) return null
  const advised = broken.filter((rule) => !isRequired(rule))
  return <RuleItems rules={[...broken.filter(isRequired), ...advised]} lit={lit} />
}

function isRequired({ severity }: ListedRule): boolean {
  return severity === 'required'
}

interface OtherRulesProps extends ListProps {
  /** Prefix of ids: two lists are in the page. */
  id: string
  /** The endpoint of the request, where it is known: rules of the others do not apply. */
  endpoint?: Endpoint | undefined
  /** Why a rule is not checked. */
  unseen: string
}

/** The rules that are met or not checked, folded. */
export function OtherRules({ rules, lit, id, endpoint, unseen }: OtherRulesProps) {
  const { kept, open } = byState(rules)
  const elsewhere = open.filter((rule) => endpoint !== undefined && rule.endpoint !== endpoint)
  const hidden = open.filter((rule) => !elsewhere.includes(rule))
  return (
    <>
      {kept.length > 0 && (
        <details className="more" key={`${id}-kept`}>
          <summary>{kept.length} met</summary>
          <RuleItems rules={kept} lit={lit} />
        </details>
      )}
      {hidden.length > 0 && (
        <details className="more" key={`${id}-open`}>
          <summary>
            {hidden.length} not checked: {unseen}
          </summary>
          <RuleItems rules={hidden} lit={lit} />
        </details>
      )}
      {elsewhere.length > 0 && endpoint !== undefined && (
        <details className="more" key={`${id}-elsewhere`}>
          <summary>
            {elsewhere.length} {elsewhere.length === 1 ? 'does' : 'do'} not apply: this request is for the{' '}
            {endpointTitles[endpoint]}
          </summary>
          <RuleItems rules={elsewhere} lit={lit} />
        </details>
      )}
    </>
  )
}

/** The rules while there is no request to judge. */
function NotChecked({ rules, lit, reason }: ListProps & { reason: string }) {
  return (
    <>
      <p className="counts" data-testid="counts">
        Not checked now. {reason}
      </p>
      <details className="more">
        <summary>{rules.length} rules</summary>
        <RuleItems
          rules={rules.map(({ failure: _failure, ...rule }) => ({ ...rule, state: 'open' }))}
          lit={lit}
        />
      </details>
    </>
  )
}

const stateNames: Readonly<Record<RuleState, string>> = {
  broken: 'broken',
  corrected: 'corrected',
  kept: 'met',
  open: 'not checked',
}

function RuleItems({ rules, lit }: ListProps) {
  const several = new Set(rules.map(({ endpoint }) => endpoint)).size > 1
  return (
    <ul className="rules">
      {rules.map(({ id, requirement, failure, source, state, severity, claims, endpoint, correction }) => (
        <li
          key={id}
          data-state={state}
          data-severity={severity}
          data-rule={id}
          data-lit={claims.some((name) => lit.names.includes(name))}
          onMouseEnter={() => lit.light(claims)}
          onMouseLeave={() => lit.light([])}
          onFocusCapture={() => lit.light(claims)}
          onBlurCapture={() => lit.light([])}
        >
          <span className="rule-mark" aria-hidden="true" />
          <p>
            <span className="hidden">
              {state === 'broken' && severity === 'advised' ? 'not as advised' : stateNames[state]}:{' '}
            </span>
            {failure !== undefined && (
              <b className="found">
                <Prose
                  text={correction === undefined ? failure : `At first, ${correction.atFirst}: ${failure}`}
                />
              </b>
            )}{' '}
            <Prose text={requirement} />{' '}
            {correction !== undefined && `${state === 'corrected' ? correction.done : correction.next} `}
            {severity === 'advised' && <span className="soft">Advised, not required. </span>}
            {several && <span className="soft">At the {endpointTitles[endpoint]}. </span>}
            <a
              href={source}
              target="_blank"
              rel="noreferrer noopener"
              className="rule-id"
              title={`${id}: ${source}`}
            >
              {id}
            </a>
          </p>
        </li>
      ))}
    </ul>
  )
}
