import type { ReactNode } from 'react'

interface MessageProps {
  /** What stands under the bytes when it is opened. */
  children?: ReactNode
  arrow: 'out' | 'in'
  good?: boolean
  head: string
  what: string
  startLine: string
  headers: readonly (readonly [string, string])[]
  body: Uint8Array
}

/** A request or an answer: its first line, and all of its bytes when it is opened. */
export function Message({ arrow, good, head, what, startLine, headers, body, children }: MessageProps) {
  const text = new TextDecoder().decode(body)
  return (
    <details className="message" data-arrow={arrow} data-good={good}>
      <summary>
        <span className="arrow" aria-hidden="true">
          {arrow === 'out' ? '→' : '←'}
        </span>
        <span className="message-head">{head}</span>
        <span className="message-what">{what}</span>
      </summary>
      <pre className="wire small">
        {startLine}
        {'\n'}
        {headers.map(([name, value]) => `${name}: ${value}`).join('\n')}
        {'\n\n'}
        {text}
      </pre>
      <p className="help">
        {body.length} {body.length === 1 ? 'byte' : 'bytes'} of body
      </p>
      {children}
    </details>
  )
}
