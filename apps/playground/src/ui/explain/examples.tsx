interface ExamplesProps {
  /** Whether there is a request in the other tab, which its key must be generated for. */
  hasBuilt: boolean
  onBuilt(): void
  onChoose(text: string): void
}

/** What can be tried without anything to paste. */
export function Examples({ hasBuilt, onBuilt, onChoose }: ExamplesProps) {
  return (
    <div className="examples">
      <h3 id="examples-title">Nothing to paste? Try an example</h3>
      <ul className="row" aria-labelledby="examples-title">
        <li>
          <button type="button" aria-disabled={!hasBuilt} onClick={() => hasBuilt && onBuilt()}>
            The request that you built
          </button>
        </li>
        {texts.map(([title, text]) => (
          <li key={title}>
            <button type="button" onClick={() => onChoose(text)}>
              {title}
            </button>
          </li>
        ))}
      </ul>
    </div>
  )
}

const refusal = `HTTP/1.1 401 Unauthorized
Date: Fri, 02 Jan 2026 03:04:05 GMT
Content-Type: application/json

{"error":"invalid_client","error_description":"The client is not registered."}
`

/** The example of RFC 7519, section 3.1. */
const jwt = [
  'eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9',
  'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ',
  'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
].join('.')

const texts = [
  ['A refusal', refusal],
  ["Somebody else's JWT", jwt],
] as const
