import { useId } from 'preact/hooks'
import { baseUrlOf, problemOfPath, type RequestForm, toRelativePath } from '../../model/provider-form.ts'
import { exampleBody } from '../../model/tampering.ts'
import type { ProviderForms } from '../use-provider-forms.ts'

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
const withoutBody = new Set(['GET', 'HEAD'])

/** The request to send. */
export function RequestInputs({ forms, sent }: { forms: ProviderForms; sent: RequestForm }) {
  const { entry, form } = forms
  const { method, path, body } = form.request
  const id = useId()
  const problem = problemOfPath(entry, form)
  const change = (part: Partial<typeof form.request>) =>
    forms.change({ request: { ...form.request, ...part } })
  return (
    <section className="part" aria-labelledby="request-title">
      <h3 id="request-title">Request</h3>
      <div className="row request-line">
        <label className="hidden" htmlFor={`${id}-method`}>
          Method
        </label>
        <select
          id={`${id}-method`}
          value={method}
          onInput={({ currentTarget: { value } }) =>
            change({
              method: value,
              body: body === '' && !withoutBody.has(value) ? exampleBody : body,
            })
          }
        >
          {methods.map((each) => (
            <option key={each}>{each}</option>
          ))}
        </select>
        <p className="soft base-url" title={baseUrlOf(entry, form)}>
          {baseUrlOf(entry, form)}
        </p>
        <label className="hidden" htmlFor={`${id}-path`}>
          Path and query
        </label>
        {/* It wraps, so that the whole of it is seen; a path has no line breaks. */}
        <textarea
          id={`${id}-path`}
          className="path"
          rows={1}
          spellcheck={false}
          autoComplete="off"
          autocapitalize="off"
          value={path}
          onKeyDown={(event) => event.key === 'Enter' && event.preventDefault()}
          aria-invalid={problem !== undefined}
          aria-describedby={problem === undefined ? undefined : `${id}-problem`}
          onInput={({ currentTarget: target }) =>
            change({ path: toRelativePath(target.value.replace(/[\r\n]/g, ''), baseUrlOf(entry, form)) })
          }
        />
      </div>
      {problem !== undefined && (
        <p className="problem" id={`${id}-problem`}>
          {problem.problem} {problem.hint}
        </p>
      )}
      {!withoutBody.has(method) && (
        <div className="field">
          <label htmlFor={`${id}-body`}>Body, sent byte for byte as JSON</label>
          <textarea
            id={`${id}-body`}
            rows={3}
            spellcheck={false}
            value={body}
            onInput={({ currentTarget: target }) => change({ body: target.value })}
          />
        </div>
      )}
      {sent !== form.request && (
        <p className="soft field" data-testid="layer">
          While the fault is on,{' '}
          <code>
            {sent.method} {sent.path}
          </code>{' '}
          is sent
          {sent.body !== '' && (
            <>
              {' '}
              with the body <code>{sent.body}</code>
            </>
          )}
          .
        </p>
      )}
    </section>
  )
}
