interface ExamplesProps {
  /** The request of the other tab, as it is sent; `undefined` until its key was generated. */
  built: string | undefined
  onChoose(text: string): void
}

/** What to paste, and what can be tried without anything to paste. */
export function Examples({ built, onChoose }: ExamplesProps) {
  const all = [
    { title: 'The request that you built', text: built },
    { title: 'A refusal', text: refusal },
    { title: "Somebody else's JWT", text: jwt },
  ]
  return (
    <div className="part examples">
      <p>
        Paste a token or a request that was refused. You see what is wrong and how to fix it, the decoded
        token, and every rule of the provider.
      </p>
      <p className="soft">
        The output of <code>curl -v</code> shows most: the request, the response and the provider's clock.
      </p>
      <h3 id="examples-title">Nothing to paste? Look at an example</h3>
      <ul className="row" aria-labelledby="examples-title">
        {all.map(({ title, text }) => (
          <li key={title}>
            <button
              type="button"
              aria-disabled={text === undefined}
              onClick={() => text !== undefined && onChoose(text)}
            >
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
